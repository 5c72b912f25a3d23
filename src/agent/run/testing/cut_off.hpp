// What tests of early cut-off share: a pipeline that has it, and a program that makes of its source
// less than all of it.
#pragma once

#include "agent/testing/fake_processes.hpp"
#include "core/files.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::string_view kCutOffConfig = R"(version: 1
remote:
  url: "http://cache.test"
  token: "${TEST_TOKEN}"
pipeline:
  build:
    command: "make it"
    inputs: ["src/**"]
    outputs: ["dist/**"]
    depends_on: [{task: ^build, on: outputs}]
)";

// The first line of src/a.txt is what `make it` makes of it; the rest is a comment.
inline Result<ProcessExit> make_first_line(const ProcessSpec& spec,
                                           const Processes::OutputReceiver&) {
  const std::string text = read_file(spec.directory / "src/a.txt").value_or("?");
  if (text.starts_with("broken")) {
    return ProcessExit{.status = 1};
  }
  EXPECT_TRUE(
      write_file_atomically(spec.directory / "dist/a.txt", text.substr(0, text.find('\n') + 1)));
  return ProcessExit{};
}

}  // namespace vc::agent
