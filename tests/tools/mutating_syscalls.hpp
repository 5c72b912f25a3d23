// Which system calls change a file system, and on what.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>

namespace vc::tools {

struct SystemCall {
  std::uint64_t number = 0;
  std::span<const std::uint64_t, 6> arguments;
};

// The name of a call that changes files, or nullptr: openat only when it can create or truncate,
// close never. Reads the memory of the stopped thread `tid`.
const char* mutating_name(pid_t tid, const SystemCall& call);

// The file or directory that the call works on, as an absolute path; "" when it has none.
std::string path_of(pid_t tid, const SystemCall& call);

}  // namespace vc::tools
