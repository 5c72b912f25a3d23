#include "net/request_parser.hpp"

#include "core/assert.hpp"

#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>

namespace vc::net {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view kVersionForm = " HTTP/d.d";

std::string_view std_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool names_a_version(std::string_view request_line) {
  if (request_line.size() < kVersionForm.size() || std::ranges::count(request_line, ' ') != 2) {
    return false;
  }
  const std::string_view end = request_line.substr(request_line.size() - kVersionForm.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return end.starts_with(" HTTP/") && is_digit(end[6]) && end[7] == '.' && is_digit(end[8]);
}

// Beast's words for what is wrong are for programmers; these are for whoever reads the 400.
Refusal refusal_of(const boost::beast::error_code& error, std::string_view head) {
  if (error == http::error::bad_version && names_a_version(head.substr(0, head.find("\r\n")))) {
    return {.status = 505, .reason = "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  if (error == http::error::bad_method) {
    return {.status = 400, .reason = "malformed method"};
  }
  if (error == http::error::bad_target) {
    return {.status = 400, .reason = "malformed request target"};
  }
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length) {
    return {.status = 400, .reason = "malformed or contradictory Content-Length"};
  }
  if (error == http::error::bad_transfer_encoding) {
    return {.status = 400, .reason = "Transfer-Encoding contradicts another header"};
  }
  return {.status = 400, .reason = "malformed header"};
}

}  // namespace

HeadSearch find_head_end(std::string_view bytes, std::size_t scanned, std::size_t& head_bytes) {
  // The end may straddle what was searched before.
  const std::size_t from = scanned < 3 ? 0 : scanned - 3;
  const std::size_t end = bytes.find("\r\n\r\n", from);
  if (end != std::string_view::npos) {
    head_bytes = end + 4;
    return HeadSearch::complete;
  }
  // Say at once to what will never become a head (a TLS handshake, lines ended by LF alone) that it
  // is wrong, rather than wait for more of it.
  if (!bytes.empty() && (bytes.front() < 'A' || bytes.front() > 'z')) {
    return HeadSearch::malformed;
  }
  for (std::size_t lf = bytes.find('\n', from); lf != std::string_view::npos;
       lf = bytes.find('\n', lf + 1)) {
    if (lf == 0 || bytes[lf - 1] != '\r') {
      return HeadSearch::malformed;
    }
  }
  return HeadSearch::incomplete;
}

void RequestParser::forget() {
  head_ = method_ = target_ = {};
  fields_.clear();
  content_length_.reset();
  folded_ = http10_ = keep_alive_ = chunked_ = expects_continue_ = false;
}

std::optional<Refusal> RequestParser::parse(std::string_view head) {
  forget();
  head_ = head;
  Grammar& grammar = grammar_.emplace(*this);
  grammar.header_limit(std::numeric_limits<std::uint32_t>::max());  // The caller limits the head.
  grammar.body_limit(boost::none);                                  // The body plan limits that.
  boost::beast::error_code error;
  const std::size_t consumed =
      grammar.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (target_.size() > kTargetBytesMax) {
    return Refusal{.status = 414, .reason = "request target too long"};
  }
  if (error) {
    return refusal_of(error, head);
  }
  if (!grammar.is_header_done() || consumed != head.size()) {
    return Refusal{.status = 400, .reason = "malformed header"};
  }
  keep_alive_ = grammar.keep_alive();
  chunked_ = grammar.chunked();
  if (const auto length = grammar.content_length()) {
    content_length_ = *length;
  }
  expects_continue_ = !http10_ && equal_ignoring_case(header("Expect"), "100-continue");
  return check();
}

std::optional<Refusal> RequestParser::check() const {
  if (folded_) {
    return Refusal{.status = 400, .reason = "folded header lines are not accepted"};
  }
  const std::size_t hosts = header_count("Host");
  if (hosts > 1 || (hosts == 0 && !http10_)) {
    return Refusal{.status = 400, .reason = "exactly one Host header is required"};
  }
  if (!http10_ && !expects_continue_ && header_count("Expect") > 0) {
    return Refusal{.status = 417, .reason = "only Expect: 100-continue is understood"};
  }
  return check_framing();
}

// Where the body ends must be beyond doubt, or a proxy in front and we disagree about where the
// next request begins (request smuggling). Beast has refused two different lengths and a length
// beside `chunked`; it ignores codings it does not know and accepts lists.
std::optional<Refusal> RequestParser::check_framing() const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, "Content-Length") &&
        !std::ranges::all_of(field.value, [](char c) { return c >= '0' && c <= '9'; })) {
      return Refusal{.status = 400, .reason = "malformed or contradictory Content-Length"};
    }
  }
  const std::size_t codings = header_count("Transfer-Encoding");
  if (codings == 0) {
    return std::nullopt;
  }
  if (content_length_ || http10_ || codings > 1) {
    return Refusal{.status = 400, .reason = "Transfer-Encoding contradicts another header"};
  }
  if (!chunked_ || !equal_ignoring_case(header("Transfer-Encoding"), "chunked")) {
    return Refusal{.status = 501, .reason = "the only transfer coding understood is chunked"};
  }
  return std::nullopt;
}

std::string_view RequestParser::header(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) {
      return field.value;
    }
  }
  return {};
}

std::size_t RequestParser::header_count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [&](const Field& field) { return equal_ignoring_case(field.name, name); }));
}

RequestParser::Decoded RequestParser::decode_chunks(std::string_view raw, std::string& body,
                                                    std::size_t bytes_max) {
  VC_ASSERT(grammar_.has_value());  // It has parsed the head of this body.
  chunk_body_ = &body;
  chunk_bytes_max_ = bytes_max;
  grammar_->eager(true);
  boost::beast::error_code error;
  Decoded decoded;
  decoded.consumed = grammar_->put(boost::asio::const_buffer(raw.data(), raw.size()), error);
  decoded.done = grammar_->is_done();
  chunk_body_ = nullptr;
  if (error == http::error::body_limit) {
    decoded.refusal = Refusal{.status = 413, .reason = "request body too large"};
  } else if (error && error != http::error::need_more) {
    decoded.refusal = Refusal{.status = 400, .reason = "malformed chunked body"};
  }
  return decoded;
}

void RequestParser::Grammar::on_request_impl(http::verb, Text method, Text target, int version,
                                             Error& error) {
  error = {};
  owner_.method_ = std_view(method);
  owner_.target_ = std_view(target);
  owner_.http10_ = version == 10;
}

void RequestParser::Grammar::on_field_impl(http::field, Text name, Text value, Error& error) {
  error = {};
  if (is_header_done()) {
    return;  // A trailer; nothing of ours reads one.
  }
  // Beast joins folded lines in a buffer of its own, except where the first of them is empty: then
  // there is a line end between name and value.
  const std::less_equal<const char*> not_after;
  const char* const head_end = owner_.head_.data() + owner_.head_.size();
  if (!not_after(name.data() + name.size(), value.data()) ||
      !not_after(value.data() + value.size(), head_end) ||
      std::find(name.data() + name.size(), value.data(), '\n') != value.data()) {
    owner_.folded_ = true;
    return;
  }
  owner_.fields_.push_back({.name = std_view(name), .value = std_view(value)});
}

void RequestParser::Grammar::on_chunk_header_impl(std::uint64_t size, Text, Error& error) {
  const std::size_t room = owner_.chunk_bytes_max_ - owner_.chunk_body_->size();
  error = {};
  if (size > room) {
    error = http::error::body_limit;  // Before any byte of the chunk is taken.
  }
}

std::size_t RequestParser::Grammar::on_chunk_body_impl(std::uint64_t, Text piece, Error& error) {
  error = {};
  owner_.chunk_body_->append(piece.data(), piece.size());
  return piece.size();
}

}  // namespace vc::net
