// HTTP values: header lists and responses as plain data. Nothing here knows a socket or a library.
#pragma once

#include "core/fd.hpp"

#include <cstdint>
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

// Part of an open file, sent by sendfile(2).
struct FileRange {
  UniqueFd fd;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// What a handler answers. Content-Length, Date and Connection are added by the server; a reply to
// HEAD keeps the length of its body and sends none of it.
struct Response {
  int status = 200;
  Headers headers;
  std::variant<std::string, FileRange> body;

  // The connection is closed after this reply.
  bool close = false;
};

std::string_view reason_phrase(int status);

}  // namespace vc::net
