#include "net/request_parser.hpp"

#include <gtest/gtest.h>

namespace vc::net {
namespace {

// The table of hostile heads is in tests/integration/http_server_test.cpp, through the socket.

TEST(FindHeadEnd, IsTheSameWhereverTheBytesWereSplit) {
  const std::string_view bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody";
  std::size_t head_bytes = 0;
  for (std::size_t split = 0; split + 4 < bytes.size(); ++split) {
    EXPECT_EQ(find_head_end(bytes.substr(0, split), 0, head_bytes), HeadSearch::incomplete);
    ASSERT_EQ(find_head_end(bytes, split, head_bytes), HeadSearch::complete) << split;
    EXPECT_EQ(head_bytes, bytes.size() - 4);
  }
}

TEST(FindHeadEnd, WhatCanNeverBecomeAHeadIsMalformedAtOnce) {
  std::size_t head_bytes = 0;
  EXPECT_EQ(find_head_end("\x16\x03\x01", 0, head_bytes), HeadSearch::malformed);
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\nHost", 0, head_bytes), HeadSearch::malformed);
  // The line end straddles two reads.
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n", 15, head_bytes), HeadSearch::incomplete);
}

TEST(RequestParser, SaysWhatTheHeadSays) {
  RequestParser parser("192.0.2.1");
  const std::string head =
      "PUT /v1/blobs/x?sig=%2F HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n"
      "Expect: 100-Continue\r\nX-Empty:\r\n\r\n";
  ASSERT_FALSE(parser.parse(head));
  EXPECT_EQ(parser.method(), "PUT");
  EXPECT_EQ(parser.target(), "/v1/blobs/x?sig=%2F");
  EXPECT_EQ(parser.content_length(), 18'446'744'073'709'551'615ULL);
  EXPECT_EQ(parser.header("x-empty"), "");
  EXPECT_EQ(parser.header_count("x-empty"), 1);
  EXPECT_EQ(parser.header_count("absent"), 0);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_TRUE(parser.keep_alive());
  EXPECT_EQ(parser.peer_address(), "192.0.2.1");
}

TEST(RequestParser, ForgetsTheRequestBefore) {
  RequestParser parser("192.0.2.1");
  ASSERT_FALSE(parser.parse(
      "HEAD / HTTP/1.1\r\nHost: a\r\nX: 1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"));
  ASSERT_FALSE(parser.parse("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_FALSE(parser.is_head());
  EXPECT_EQ(parser.header_count("X"), 0);
  EXPECT_EQ(parser.content_length(), std::nullopt);
  EXPECT_FALSE(parser.expects_continue());
  EXPECT_FALSE(parser.keep_alive());
  parser.forget();
  EXPECT_EQ(parser.method(), "");
}

// Decodes `raw` given in steps of `step` bytes.
RequestParser::Decoded decode(std::string_view raw, std::size_t step, std::string& body,
                              std::size_t bytes_max) {
  RequestParser parser("");
  EXPECT_FALSE(parser.parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::string pending;
  RequestParser::Decoded decoded;
  while (!decoded.done && !decoded.refusal && !raw.empty()) {
    const std::size_t bytes = std::min(step, raw.size());
    pending.append(raw.substr(0, bytes));
    raw.remove_prefix(bytes);
    decoded = parser.decode_chunks(pending, body, bytes_max);
    pending.erase(0, decoded.consumed);
  }
  return decoded;
}

TEST(DecodeChunks, GivesTheSameBodyHoweverTheBytesAreSplit) {
  const std::string_view raw =
      "5\r\nhello\r\n1;ext=\"a\"\r\n \r\n00a\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
  for (std::size_t step = 1; step <= raw.size(); ++step) {
    std::string body;
    const auto decoded = decode(raw, step, body, 16);
    EXPECT_TRUE(decoded.done) << step;
    EXPECT_FALSE(decoded.refusal) << step;
    EXPECT_EQ(body, "hello 0123456789") << step;
  }
}

TEST(DecodeChunks, OneByteMoreThanTheLimitIsRefused) {
  const std::string_view raw = "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= raw.size(); ++step) {
    std::string body;
    EXPECT_FALSE(decode(raw, step, body, 10).refusal);
    body.clear();
    const auto decoded = decode(raw, step, body, 9);
    ASSERT_TRUE(decoded.refusal) << step;
    EXPECT_EQ(decoded.refusal->status, 413);
  }
}

}  // namespace
}  // namespace vc::net
