# Debian's static archives, plus a libcurl of the toolchain image (docker/toolchain.Dockerfile) that
# speaks HTTP and HTTPS and nothing else.
set(ARC_CURL_ROOT /opt/curl CACHE PATH "Where the toolchain's small libcurl is")

find_path(ARC_CURL_INCLUDE curl/curl.h PATHS ${ARC_CURL_ROOT}/include NO_DEFAULT_PATH REQUIRED)
find_library(ARC_CURL_LIBRARY libcurl.a PATHS ${ARC_CURL_ROOT}/lib NO_DEFAULT_PATH REQUIRED)

# An archive by its full name: a plain -lname could pick the shared library.
function(arc_archive variable name)
  find_library(${variable} NAMES ${name} REQUIRED)
  set(ARC_ARCHIVES ${ARC_ARCHIVES} ${${variable}} PARENT_SCOPE)
endfunction()

# In the order that the linker needs: each before what it uses.
set(ARC_ARCHIVES)
arc_archive(ARC_NATS libnats_static.a)
arc_archive(ARC_SODIUM libsodium.a)
arc_archive(ARC_PROTOBUF_C libprotobuf-c.a)
arc_archive(ARC_HIREDIS libhiredis.a)
list(APPEND ARC_ARCHIVES ${ARC_CURL_LIBRARY})
arc_archive(ARC_EVENT_EXTRA libevent_extra.a)
arc_archive(ARC_EVENT_CORE libevent_core.a)
arc_archive(ARC_SSL libssl.a)
arc_archive(ARC_CRYPTO libcrypto.a)
arc_archive(ARC_ZLIB libz.a)
arc_archive(ARC_ZSTD libzstd.a)

add_library(arc_dependencies INTERFACE)
target_include_directories(arc_dependencies SYSTEM INTERFACE ${ARC_CURL_INCLUDE})
target_compile_definitions(arc_dependencies INTERFACE CURL_STATICLIB)
target_link_libraries(arc_dependencies INTERFACE ${ARC_ARCHIVES} pthread dl)
# Nothing but TLS starts OpenSSL (sidecar/net/openssl_start.cpp).
target_link_options(arc_dependencies INTERFACE
  -Wl,--wrap=OPENSSL_init_ssl -Wl,--wrap=RAND_bytes -Wl,--undefined=__wrap_RAND_bytes
  # cnats would shake hands, and wait for the rest of a record, without a deadline
  # (sidecar/nats/tls_bridge.hpp).
  -Wl,--wrap=SSL_do_handshake -Wl,--wrap=SSL_get_error)

# arc_list_packages(TARGET) writes the packages of all that is linked into TARGET to packages/ in the
# build folder (docker/linked-packages).
function(arc_list_packages target)
  set(files ${ARC_ARCHIVES})
  foreach(name libc.a libstdc++.a)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name} OUTPUT_VARIABLE file OUTPUT_STRIP_TRAILING_WHITESPACE)
    list(APPEND files ${file})
  endforeach()
  foreach(header fmt/core.h toml.hpp nlohmann/json.hpp CLI/CLI.hpp)
    list(APPEND files /usr/include/${header})
  endforeach()
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_SOURCE_DIR}/docker/linked-packages ${CMAKE_BINARY_DIR}/packages ${files}
    VERBATIM)
endfunction()
