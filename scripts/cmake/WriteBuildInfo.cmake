# Writes OUTPUT from pipeline/base/build_info.h.in with the commit of SOURCE_DIR; called at each build.
find_package(Git QUIET)
set(SCOREFEM_GIT_HASH unknown)
if(Git_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
                  OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    set(SCOREFEM_GIT_HASH ${described})
  endif()
endif()
set(PROJECT_VERSION ${VERSION})
set(PROJECT_SOURCE_DIR ${SOURCE_DIR})
configure_file(${SOURCE_DIR}/pipeline/base/build_info.h.in ${OUTPUT} @ONLY)
