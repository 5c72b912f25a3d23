# One function per kind of target, so that a folder's CMakeLists.txt is a list of files and nothing else.

# BRINGUP: drops sources that are not written yet. To be removed when the skeleton stands.
function(vc_existing list)
  set(found)
  foreach(source ${${list}})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      list(APPEND found ${source})
    endif()
  endforeach()
  if(NOT found)
    file(WRITE ${CMAKE_BINARY_DIR}/bringup.cpp "namespace { [[maybe_unused]] int x; }\n")
    set(found ${CMAKE_BINARY_DIR}/bringup.cpp)
  endif()
  set(${list} ${found} PARENT_SCOPE)
endfunction()

# vc_library(name SOURCES a.cpp ... DEPS other_libraries ...)
function(vc_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  vc_existing(ARG_SOURCES)
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC vc_options ${ARG_DEPS})
endfunction()

# vc_program(name SOURCES main.cpp DEPS ...)
function(vc_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  vc_existing(ARG_SOURCES)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vc_options ${ARG_DEPS})
endfunction()

# vc_unit_tests(name SOURCES x_test.cpp ... DEPS ...): one binary, every TEST its own ctest entry would
# cost a process each; the binary is one ctest entry per suite file instead.
function(vc_unit_tests name)
  vc_gtest(${name} unit ${ARGN})
endfunction()

# Tests that use sockets, real processes or several components together.
function(vc_integration_tests name)
  vc_gtest(${name} integration ${ARGN})
endfunction()

function(vc_gtest name label)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(VC_SANITIZER STREQUAL "fuzzer")
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  vc_existing(ARG_SOURCES)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vc_options ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT})
endfunction()

# vc_fuzz_target(name SOURCES x_fuzz.cpp DEPS ...): seeds are in tests/fuzz/corpus/<name>. In the fuzz build the
# ctest entry fuzzes for VC_FUZZ_SECONDS (20); elsewhere the target is not built.
set(VC_FUZZ_SECONDS 20 CACHE STRING "How long each fuzz target runs in ctest")
function(vc_fuzz_target name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(NOT VC_SANITIZER STREQUAL "fuzzer")
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vc_options ${ARG_DEPS} -fsanitize=fuzzer)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus/${name})
  add_test(NAME ${name} COMMAND ${name} -max_total_time=${VC_FUZZ_SECONDS} -timeout=10 -rss_limit_mb=2048
           -print_final_stats=1 ${CMAKE_BINARY_DIR}/corpus/${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()
