# Writes version.h: the release, the commit, and whether the tree differs from it. ARC_BUILD_COMMIT
# has both where git cannot be asked (scripts/in-container: a worktree's git folder is not in the
# container); without either the commit is "unknown".
set(commit "$ENV{ARC_BUILD_COMMIT}")
if(commit STREQUAL "")
  execute_process(COMMAND ${SOURCE_DIR}/scripts/commit OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit STREQUAL "")
  set(commit "unknown")
endif()
set(text "#define ARC_VERSION \"${VERSION}\"\n#define ARC_VERSION_DAY \"${DAY}\"\n#define ARC_COMMIT \"${commit}\"\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT "${old}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
