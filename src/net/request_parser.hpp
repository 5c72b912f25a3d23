// RequestParser: turns the bytes of one request head into a RequestHead, or says why not.
//
// Beast knows the grammar; what it tolerates and a server behind proxies must not (folded lines,
// unknown transfer codings, lists of lengths, a missing Host) is refused here. RFC 9112.
#pragma once

#include "net/http_server.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::net {

inline constexpr std::size_t kTargetBytesMax = 8 << 10;

// Why the server itself answers, to be put into words by Handler::refusal().
struct Refusal {
  int status = 400;
  std::string_view reason;
};

// Where the head in `bytes` ends: after the first empty line. `scanned` bytes were searched before.
enum class HeadSearch { complete, incomplete, malformed };
HeadSearch find_head_end(std::string_view bytes, std::size_t scanned, std::size_t& head_bytes);

class RequestParser final : public RequestHead {
 public:
  explicit RequestParser(std::string peer_address) : peer_address_(std::move(peer_address)) {}

  // `head` is a whole head, ending with the empty line. It must stay where it is while views of it
  // are in use. Forgets the request before.
  std::optional<Refusal> parse(std::string_view head);
  void forget();

  std::string_view method() const override { return method_; }

  std::string_view target() const override { return target_; }

  std::string_view header(std::string_view name) const override;
  std::size_t header_count(std::string_view name) const override;

  std::optional<std::uint64_t> content_length() const override { return content_length_; }

  std::string_view peer_address() const override { return peer_address_; }

  // What the client asked for; the server may close all the same.
  bool keep_alive() const { return keep_alive_; }

  bool is_http10() const { return http10_; }

  bool is_head() const { return method_ == "HEAD"; }

  bool is_chunked() const { return chunked_; }

  bool expects_continue() const { return expects_continue_; }

  struct Decoded {
    std::size_t consumed = 0;
    bool done = false;
    std::optional<Refusal> refusal;
  };

  // Decodes more of a chunked body and appends its content to `body`. What is not consumed is to be
  // offered again with more behind it. Trailers are read and dropped.
  Decoded decode_chunks(std::string_view raw, std::string& body, std::size_t bytes_max);

 private:
  class Grammar;
  friend class Grammar;

  // Beast's parser with callbacks that keep views instead of copies: no allocation per request.
  class Grammar final : public boost::beast::http::basic_parser<true> {
   public:
    explicit Grammar(RequestParser& owner) : owner_(owner) {}

   private:
    using Text = boost::beast::string_view;
    using Error = boost::beast::error_code;

    void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version,
                         Error& error) override;
    void on_field_impl(boost::beast::http::field id, Text name, Text value, Error& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t left, Text piece, Error& error) override;
    void on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) override;

    void on_header_impl(Error& error) override { error = {}; }

    void on_response_impl(int, Text, int, Error& error) override { error = {}; }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error& error) override {
      error = {};
    }

    std::size_t on_body_impl(Text piece, Error& error) override {
      error = {};
      return piece.size();
    }

    void on_finish_impl(Error& error) override { error = {}; }

    RequestParser& owner_;
  };

  struct Field {
    std::string_view name;
    std::string_view value;
  };

  std::optional<Refusal> check() const;
  std::optional<Refusal> check_framing() const;

  std::string peer_address_;
  std::optional<Grammar> grammar_;
  std::string_view head_;
  std::string_view method_;
  std::string_view target_;
  std::vector<Field> fields_;
  std::optional<std::uint64_t> content_length_;
  bool folded_ = false;
  bool http10_ = false;
  bool keep_alive_ = false;
  bool chunked_ = false;
  bool expects_continue_ = false;

  // While decode_chunks() runs.
  std::string* chunk_body_ = nullptr;
  std::size_t chunk_bytes_max_ = 0;
};

}  // namespace vc::net
