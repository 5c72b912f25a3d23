// JsonWriter: appends JSON to a string. No document in between: replies are written millions of
// times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vc::wire {

// Writes commas between members and elements by itself; the caller opens and closes in order.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }

  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }

  // `name` is a literal of ours that needs no escaping.
  void name(std::string_view name) {
    separate();
    ((out_ += '"') += name) += "\":";
    first_ = true;  // The value that follows takes no comma.
  }

  // `name` is anybody's.
  void any_name(std::string_view name) {
    text(name);
    out_ += ':';
    first_ = true;
  }

  void text(std::string_view value);
  void integer(std::uint64_t value);

  void boolean(bool value) { raw(value ? "true" : "false"); }

  // `json` is one complete value.
  void raw(std::string_view json) {
    separate();
    out_ += json;
  }

  void member(std::string_view key, std::string_view value) {
    name(key);
    text(value);
  }

  void member(std::string_view key, std::uint64_t value) {
    name(key);
    integer(value);
  }

 private:
  void separate() {
    if (!first_) {
      out_ += ',';
    }
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace vc::wire
