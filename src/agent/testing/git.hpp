// git(): runs the real git in a test's directory, apart from anyone's configuration.
#pragma once

#include "core/files.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace vc::agent::testing {

// Its standard output. `arguments` are shell text.
inline std::string git(const fs::path& directory, const std::string& arguments) {
  const std::string command =
      "cd '" + directory.string() +
      "' && HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent "
      "GIT_CONFIG_NOSYSTEM=1 git -c user.name=t -c user.email=t@t.invalid " +
      arguments;
  std::FILE* const pipe = ::popen(command.c_str(), "r");  // NOLINT: a shell is what is wanted.
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  EXPECT_EQ(status, 0) << "git " << arguments;
  return output;
}

// What `-z` separates.
inline std::vector<std::string> split_zeros(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\0', at);
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace vc::agent::testing
