// TracedCalls: the system calls by which a process reaches files by name, and where each has its
// arguments. One table for the filter, which stops them, and for the supervisor, which reads them.
//
// Calls on descriptors (read, fstat, fchmod ...) are not among them: the descriptor came from a
// call that is. Not seen: open_by_handle_at(2) (privileged), and files a process gets over a
// socket.
#pragma once

#include <cstdint>
#include <span>

namespace vc::agent {

enum class CallKind : std::uint8_t {
  open,            // Flags of open(2); without, as creat(2) opens.
  open_how,        // openat2(2): a struct open_how instead.
  create,          // mknod, symlink: there afterwards, and not before.
  make_directory,  //
  look,            // stat, access: follows links unless AT_SYMLINK_NOFOLLOW.
  look_at_link,    // lstat.
  read_link,       //
  list,            // getdents: a descriptor, no path.
  execute,         //
  rename,          // Two paths.
  link,            // Two paths.
  remove,          //
  change,          // chmod, chown, truncate, utime.
};

struct TracedCall {
  static constexpr int kNone = -1;

  int number = 0;
  CallKind kind = CallKind::open;
  // Indices of arguments. `directory` is kNone for calls without one: the current directory.
  int directory = kNone;
  int path = 0;
  int flags = kNone;  // AT_* flags; those of open; the struct of openat2.
  int second_directory = kNone;
  int second_path = kNone;
};

// Of the architecture this was compiled for.
std::span<const TracedCall> traced_calls();
// nullptr for others.
const TracedCall* find_traced_call(int number);

}  // namespace vc::agent
