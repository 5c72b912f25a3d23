// HTTP values: header lists and responses as plain data. Nothing here knows a socket or a library.
#pragma once

#include "core/fd.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vc::net {

// An ordered list of header fields; names compare without regard to ASCII case (RFC 9110
// section 5.1).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;

  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  void add(std::string name, std::string value);
  // Replaces every field of that name.
  void set(std::string name, std::string value);

  auto begin() const { return fields_.begin(); }

  auto end() const { return fields_.end(); }

  bool empty() const { return fields_.empty(); }

  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

// Part of an open file, sent by sendfile(2). The descriptor may be absent in a reply to HEAD.
struct FileRange {
  UniqueFd fd;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// What a handler answers. Content-Length, Date, Connection and Transfer-Encoding are the server's
// (fields of these names are dropped); a reply to HEAD keeps the length of its body and sends none
// of it.
struct Response {
  int status = 200;
  Headers headers;
  std::variant<std::string, FileRange> body;

  // The connection is closed after this reply.
  bool close = false;

  // Let go of when the reply has been sent, or never will be: for a handler that counts transfers.
  std::shared_ptr<void> held;
};

std::string_view reason_phrase(int status);

// ASCII only, as RFC 9110 has it for field names and most tokens.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Whether the text may stand in a header (RFC 9110 section 5.5): a name is a token, a value has no
// control characters, so that nothing put into one can start a second header or a second message.
bool is_field_name(std::string_view name);
bool is_field_value(std::string_view value);

}  // namespace vc::net
