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

find_program(VC_CCACHE ccache)
if(VC_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VC_CCACHE})
endif()

option(VC_WERROR "Treat warnings as errors" OFF)
set(VC_SANITIZER "" CACHE STRING "address | thread | fuzzer | empty")

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
elseif(VC_SANITIZER STREQUAL "fuzzer")
  set(VC_SANITIZE -fsanitize=fuzzer-no-link,address,undefined)
endif()
if(VC_SANITIZE)
  # -O1 and -gline-tables-only: readable reports at half the compile and run time of a debug build.
  target_compile_options(vc_options INTERFACE ${VC_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer -O1 -gline-tables-only)
  target_compile_definitions(vc_options INTERFACE _GLIBCXX_ASSERTIONS)
  target_link_options(vc_options INTERFACE ${VC_SANITIZE})
endif()
