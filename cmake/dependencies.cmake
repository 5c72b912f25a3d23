# Everything we use and did not write; all of it from the distribution. Why each one: docs/dependencies.md.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(EXPAT REQUIRED)
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
if(VC_TESTS)
  find_package(GTest REQUIRED)
endif()
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# Imported targets are SYSTEM includes already; a name of our own keeps their use in one place.
add_library(vc_json INTERFACE)
target_link_libraries(vc_json INTERFACE Boost::json)
# Header-only as we use it, so that its errors are values; `find_path` since its files give no plain include folder.
find_path(VC_TOML_INCLUDE toml++/toml.h REQUIRED)
add_library(vc_toml INTERFACE)
target_include_directories(vc_toml SYSTEM INTERFACE ${VC_TOML_INCLUDE})
add_library(vc_xml INTERFACE)
target_link_libraries(vc_xml INTERFACE EXPAT::EXPAT)
add_library(vc_url INTERFACE)
target_link_libraries(vc_url INTERFACE Boost::url)
