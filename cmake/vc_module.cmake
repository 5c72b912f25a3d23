# One function per kind of target, so that a folder's CMakeLists.txt is a list of files and nothing else.

include(GoogleTest)

# Building everything three times takes long. Under a sanitizer several sources are one translation unit, in a third of the
# time; the release build compiles each alone, so that it includes what it uses. UNITY_BUILD would write absolute paths,
# which end up in __FILE__ and keep the compiler cache from serving another checkout.
function(vc_sources result name)
  if(NOT VC_SANITIZER)
    set(${result} ${ARGN} PARENT_SCOPE)
    return()
  endif()
  set(batch_size 6)
  list(LENGTH ARGN count)
  math(EXPR last "${count} - 1")
  foreach(first RANGE 0 ${last} ${batch_size})
    list(SUBLIST ARGN ${first} ${batch_size} batch)
    set(text "")
    foreach(source IN LISTS batch)
      file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR}/${source})
      string(APPEND text "#include \"${path}\"\n")
    endforeach()
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/${name}_${first}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "${text}")
    list(APPEND units ${unit})
  endforeach()
  set(${result} ${units} PARENT_SCOPE)
endfunction()

# vc_library(name SOURCES a.cpp ... DEPS other_libraries ...)
function(vc_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  vc_sources(sources ${name} ${ARG_SOURCES})
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC vc_options ${ARG_DEPS})
endfunction()

# vc_program(name SOURCES main.cpp DEPS ...)
function(vc_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vc_options ${ARG_DEPS})
endfunction()

# vc_unit_tests(name SOURCES x_test.cpp ... DEPS ...): tests that stand beside the code.
function(vc_unit_tests name)
  vc_gtest(${name} unit ${ARGN})
endfunction()

# Tests that use sockets, real processes or several components together.
function(vc_integration_tests name)
  vc_gtest(${name} integration ${ARGN})
endfunction()

# In the plain builds every TEST is a ctest entry, so that a skipped one is counted as skipped; under a sanitizer,
# where a process costs more than most tests, the binary is one entry. ONE_PROCESS
# names instances of test suites that share a server: each is one entry, skipped where that server cannot be had.
function(vc_gtest name label)
  if(NOT VC_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "ONE_PROCESS;SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  vc_sources(sources ${name} ${ARG_SOURCES})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE vc_options ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  # Nobody waits for a test's own code to run; everybody waits for it to compile.
  target_compile_options(${name} PRIVATE -O0)
  if(ARG_ONE_PROCESS)
    foreach(instance IN LISTS ARG_ONE_PROCESS)
      add_test(NAME ${name}.${instance} COMMAND ${name} --gtest_filter=${instance}/*)
      set_tests_properties(${name}.${instance} PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT}
                           SKIP_REGULAR_EXPRESSION "no [A-Za-z -]+ here: ")
    endforeach()
  elseif(VC_SANITIZER)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT})
  else()
    gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                         PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT})
  endif()
endfunction()

# vc_fuzz_target(name SOURCES x_fuzz.cpp DEPS ...): seeds are in tests/fuzz/corpus/<name>. Its ctest entry fuzzes for
# VC_FUZZ_SECONDS and keeps what it finds in the build folder. From one seed, so that two runs of one commit say the same.
set(VC_FUZZ_SECONDS 20 CACHE STRING "How long each fuzz target runs in ctest")
set(VC_FUZZ_SEED 1 CACHE STRING "Where fuzz targets start in ctest; 0 is another place each time")
function(vc_fuzz_target name)
  if(NOT VC_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE vc_options ${ARG_DEPS} -fsanitize=fuzzer)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/corpus/${name})
  add_test(NAME ${name} COMMAND ${name} -seed=${VC_FUZZ_SEED} -max_total_time=${VC_FUZZ_SECONDS}
           -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
           ${CMAKE_BINARY_DIR}/corpus/${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  math(EXPR patience "${VC_FUZZ_SECONDS} + 100")
  set_tests_properties(${name} PROPERTIES LABELS fuzz TIMEOUT ${patience})
endfunction()
