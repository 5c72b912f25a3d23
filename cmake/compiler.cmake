# The language, the warnings and the sanitizers every target of ours is built with.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: temporaries inside a co_await expression are "
    "destroyed twice. Build with clang 19 instead: run scripts/setup, then cmake --preset dev.")
endif()

# With paths relative to the checkout, so that a fresh clone finds what another one compiled.
find_program(VC_CCACHE ccache)
if(VC_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${VC_CCACHE})
endif()

option(VC_WERROR "Treat warnings as errors" OFF)
option(VC_TESTS "Build the tests" ON)
option(VC_FUZZ "Build the libFuzzer targets; wants VC_SANITIZER=address" OFF)
set(VC_SANITIZER "" CACHE STRING "address (with undefined) | thread | empty")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(vc_options INTERFACE)
target_include_directories(vc_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(vc_options INTERFACE
  VC_VERSION="${PROJECT_VERSION}" BOOST_ALL_NO_LIB BOOST_ASIO_NO_DEPRECATED)
target_compile_options(vc_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-missing-designated-field-initializers
  -Wno-missing-field-initializers $<$<BOOL:${VC_WERROR}>:-Werror>)
target_link_options(vc_options INTERFACE -fuse-ld=lld-19)

if(VC_SANITIZER STREQUAL "address")
  set(VC_SANITIZE -fsanitize=address,undefined)
elseif(VC_SANITIZER STREQUAL "thread")
  set(VC_SANITIZE -fsanitize=thread)
elseif(VC_SANITIZER)
  message(FATAL_ERROR "VC_SANITIZER is \"${VC_SANITIZER}\"; it can be address, thread or empty")
endif()
if(VC_SANITIZE)
  target_compile_options(vc_options INTERFACE ${VC_SANITIZE} $<$<BOOL:${VC_FUZZ}>:-fsanitize=fuzzer-no-link>
    -fno-sanitize-recover=all -fno-omit-frame-pointer -gline-tables-only)
  target_compile_definitions(vc_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(vc_options INTERFACE ${VC_SANITIZE})
endif()
