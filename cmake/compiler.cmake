# Flags of every target. Warnings are errors; sections are dropped when unused, which is what keeps
# the static binary small.
add_library(arc_options INTERFACE)
target_compile_options(arc_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Werror
  -fstack-protector-strong -ffunction-sections -fdata-sections
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.")
target_link_options(arc_options INTERFACE -Wl,--gc-sections)

if(ARC_STATIC)
  # Not static-pie: the relocations that it does at each start are a measurable part of a health
  # check.
  target_link_options(arc_options INTERFACE -static -Wl,-z,relro,-z,now,-z,noexecstack)
  # No reading of all exception tables at each start (sidecar/base/static_start.cpp).
  target_link_options(arc_options INTERFACE -Wl,--eh-frame-hdr
    -Wl,--wrap=__register_frame_info -Wl,--wrap=__deregister_frame_info -Wl,--undefined=__wrap___register_frame_info)
endif()

if(ARC_FUZZ)
  target_compile_options(arc_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(ARC_SANITIZE)
  target_compile_options(arc_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(arc_options INTERFACE -fsanitize=address,undefined)
endif()
