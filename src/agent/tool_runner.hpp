// ToolRunner: the seam to the processes that tell which version of a tool is installed.
#pragma once

#include "core/files.hpp"
#include "core/result.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace vc::agent {

inline constexpr std::chrono::seconds kToolTimeout{10};
inline constexpr std::size_t kToolOutputBytesMax = 64 << 10;

struct ToolCommand {
  std::string executable;  // Absolute.
  std::vector<std::string> argv;
  fs::path directory;  // Absolute.
  std::map<std::string, std::string> environment;
};

class ToolRunner {
 public:
  virtual ~ToolRunner() = default;
  // What the tool printed to its standard output, then what to its standard error (where old
  // compilers print their version). Anything but exit status 0 is an error that quotes what it
  // printed; Errc::timeout past kToolTimeout, too_large past kToolOutputBytesMax.
  virtual Result<std::string> run(const ToolCommand& command) = 0;
};

class PosixToolRunner final : public ToolRunner {
 public:
  explicit PosixToolRunner(std::chrono::milliseconds timeout = kToolTimeout,
                           std::size_t output_bytes_max = kToolOutputBytesMax)
      : timeout_(timeout), output_bytes_max_(output_bytes_max) {}

  Result<std::string> run(const ToolCommand& command) override;

 private:
  std::chrono::milliseconds timeout_;
  std::size_t output_bytes_max_;
};

}  // namespace vc::agent
