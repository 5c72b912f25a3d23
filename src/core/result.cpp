#include "core/result.hpp"

#include <cerrno>
#include <system_error>

namespace vc {

namespace {

// EACCES is `io`, not `denied`: a file our own process may not touch says nothing about the rights
// of whoever sent the request, and must not reach them as 403.
Errc code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return Errc::no_space;
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
      return Errc::conflict;
    case EFBIG:
      return Errc::too_large;
    case ENAMETOOLONG:
      return Errc::invalid;
    case ETIMEDOUT:
      return Errc::timeout;
    case ECANCELED:
      return Errc::canceled;
    case ECONNREFUSED:
    case ECONNRESET:
    case ENETUNREACH:
    case EHOSTUNREACH:
      return Errc::unavailable;
    default:
      return Errc::io;
  }
}

const char* hint_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "free some space on that file system, or choose another directory";
    case EDQUOT:
      return "raise the disk quota of this user, or choose another directory";
    case EACCES:
    case EPERM:
      return "check the owner and mode of that path";
    case EROFS:
      return "the file system is mounted read-only; choose another directory";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

}  // namespace

Error errno_error(std::string_view doing) {
  return errno_error(doing, errno);
}

Error errno_error(std::string_view doing, int error_number) {
  return Error{.code = code_of(error_number),
               .message = std::string(doing) + ": " + std::generic_category().message(error_number),
               .hint = hint_of(error_number)};
}

}  // namespace vc
