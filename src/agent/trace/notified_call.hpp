// NotifiedCall: one stopped system call as what it means: which files, and what is to happen to
// them. Reads the memory and the /proc entries of the process that waits.
//
// What is read may change before the kernel reads it again (another thread may write to the path).
// That would matter for a sandbox; this is for a report.
#pragma once

#include "agent/trace/traced_calls.hpp"

#include <linux/seccomp.h>

#include <cstdint>
#include <optional>
#include <string>

namespace vc::agent {

struct NotifiedCall {
  CallKind kind = CallKind::open;
  std::uint64_t flags = 0;  // O_* of an open, AT_* of a look.
  // Absolute, otherwise as the process gave it: with links, `..` and bytes that are no UTF-8. Empty
  // when there is nothing to learn: no path, a directory that is deleted, more than PATH_MAX bytes.
  std::string path;
  std::string second_path;
};

// nullopt: the process does not let itself be read, or is gone.
std::optional<NotifiedCall> read_call(const seccomp_notif& notification, const TracedCall& call);

}  // namespace vc::agent
