# The functions that every module and test directory uses.

# Warnings and sanitizers for our own code only.
add_library(scorefem_options INTERFACE)
target_compile_options(scorefem_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)
# GCC 13 and later warn of a vector<bool> inside LibTorch's headers, falsely.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  target_compile_options(scorefem_options INTERFACE -Wno-array-bounds)
endif()
if(SCOREFEM_WARNINGS_AS_ERRORS)
  target_compile_options(scorefem_options INTERFACE -Werror)
endif()
if(SCOREFEM_SANITIZERS)
  # What is found ends the program: `undefined` instead of `all` would leave out float-cast-overflow.
  target_compile_options(scorefem_options INTERFACE -fsanitize=${SCOREFEM_SANITIZERS} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(scorefem_options INTERFACE -fsanitize=${SCOREFEM_SANITIZERS})
endif()

# scorefem_add_library(NAME SOURCES ... PUBLIC ... PRIVATE ... PRECOMPILE ...)
function(scorefem_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_compile_features(${name} PUBLIC cxx_std_17)
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/scorefem>)
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:scorefem_options>)
  if(SCOREFEM_SANITIZERS)  # whoever links the archive needs their libraries
    target_link_options(${name} INTERFACE $<INSTALL_INTERFACE:-fsanitize=${SCOREFEM_SANITIZERS}>)
  endif()
  if(ARG_PRECOMPILE)
    target_precompile_headers(${name} PRIVATE ${ARG_PRECOMPILE})
  endif()
endfunction()

# scorefem_add_test(NAME SOURCES ... LIBRARIES ... LABELS ... TIMEOUT seconds [RANKS n] [PRECOMPILE_FROM target])
# One GoogleTest executable, run as one CTest test; every test has a label and a time-out.
function(scorefem_add_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;RANKS;PRECOMPILE_FROM" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if(NOT ARG_LABELS OR NOT ARG_TIMEOUT)
    message(FATAL_ERROR "test ${name}: LABELS and TIMEOUT are required")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} GTest::gtest scorefem_options)
  target_compile_definitions(${name} PRIVATE SCOREFEM_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  if(ARG_PRECOMPILE_FROM)
    target_precompile_headers(${name} REUSE_FROM ${ARG_PRECOMPILE_FROM})
  endif()
  if(ARG_RANKS)
    add_test(NAME ${name} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ARG_RANKS} --oversubscribe $<TARGET_FILE:${name}>)
    set_tests_properties(${name} PROPERTIES PROCESSORS ${ARG_RANKS}
      ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
  else()
    add_test(NAME ${name} COMMAND ${name})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
