// Error and Result<T>: how every fallible function in VelocityCache reports failure.
//
// Absence is not an error: return std::optional inside the Result. A broken invariant is not an
// error either: VC_ASSERT it. What is left, the outside world failing, is an Error.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace vc {

// What a caller may want to branch on. wire/problem maps each to one HTTP status, agent/exit_code
// to one exit code; nobody parses messages.
enum class Errc {
  invalid,          // Bad input: the caller must change something.
  unauthenticated,  // No credential, or one that is not known.
  denied,           // A known caller who may not do this.
  not_found,        // Something that had to exist does not. (A cache miss is not an error.)
  conflict,         // Somebody was first; what is there stays.
  too_large,        // Past a named limit.
  no_space,         // The disk or the quota is full.
  overloaded,       // A bounded queue is full; trying again later can help.
  unavailable,      // The other side cannot be reached or is not working.
  timeout,          // The deadline passed.
  corrupt,          // Bytes are not what they claim to be.
  canceled,         // The user or a shutdown asked to stop.
  io,               // The operating system said no, for another reason.
};

struct [[nodiscard]] Error {
  Errc code = Errc::io;
  std::string message;
  std::string hint;  // What the reader can do about it; may be empty.

  // Prefixes what we were doing: "head build/abc: connect minio:9000: connection refused".
  Error within(std::string_view doing) && {
    message.insert(0, std::string(doing) + ": ");
    return std::move(*this);
  }

  Error with_hint(std::string text) && {
    hint = std::move(text);
    return std::move(*this);
  }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message, std::string hint = {}) {
  return std::unexpected(
      Error{.code = code, .message = std::move(message), .hint = std::move(hint)});
}

// An Error for the current errno: "open /x/y: No space left on device" with Errc::no_space. `doing`
// says what was attempted, on what.
Error errno_error(std::string_view doing);
Error errno_error(std::string_view doing, int error_number);

}  // namespace vc

// VC_TRY(auto body, read_file(path)); declares `body`, or returns the error to our caller.
#define VC_TRY(declaration, ...) VC_TRY_EXPANDED(VC_TRY_NAME(__COUNTER__), declaration, __VA_ARGS__)
// VC_CHECK(write_file(path, text)); for Result<void>.
#define VC_CHECK(...)                                       \
  do {                                                      \
    if (auto vc_check_ = (__VA_ARGS__); !vc_check_)         \
      return std::unexpected(std::move(vc_check_).error()); \
  } while (false)
#define VC_TRY_NAME(n) VC_TRY_PASTE(n)
#define VC_TRY_PASTE(n) vc_try_##n
#define VC_TRY_EXPANDED(tmp, declaration, ...)      \
  auto tmp = (__VA_ARGS__);                         \
  if (!tmp)                                         \
    return std::unexpected(std::move(tmp).error()); \
  declaration = *std::move(tmp)
