# version.h is remade at each build, so that --version never names an older commit; it is touched
# only when its text changes.
set(ARC_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
add_custom_target(arc_version
  COMMAND ${CMAKE_COMMAND}
    -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DOUTPUT=${ARC_GENERATED_DIR}/version.h -DVERSION=${PROJECT_VERSION}
    -DDAY=${ARC_VERSION_DAY}
    -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${ARC_GENERATED_DIR}/version.h
  COMMENT "version")
