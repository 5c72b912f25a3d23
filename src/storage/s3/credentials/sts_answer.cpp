#include "storage/s3/credentials/sts_answer.hpp"

#include "core/text.hpp"
#include "storage/s3/credentials/checked_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace vc::storage {

namespace {

constexpr std::string_view kOpen = "<Credentials>";
constexpr std::string_view kClose = "</Credentials>";
constexpr std::size_t kElementsMax = 16;

using Elements = std::map<std::string_view, std::string_view>;

std::unexpected<Error> malformed_answer(std::string_view what) {
  return fail(Errc::invalid, fmt::format("the answer's {}", what));
}

bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// Takes "<Name>text</Name>" off the front of `rest`; attributes, children and entities are none of
// this format's.
Result<void> take_element(std::string_view& rest, Elements& elements) {
  const std::size_t end_of_name = rest.find('>');
  if (!rest.starts_with('<') || end_of_name == std::string_view::npos) {
    return malformed_answer("Credentials hold something other than elements");
  }
  const std::string_view name = rest.substr(1, end_of_name - 1);
  const std::size_t end_of_text = rest.find('<', end_of_name);
  if (!is_name(name) || end_of_text == std::string_view::npos) {
    return malformed_answer("Credentials are malformed");
  }
  const std::string_view text = rest.substr(end_of_name + 1, end_of_text - end_of_name - 1);
  rest.remove_prefix(end_of_text);
  if (!rest.starts_with("</") || !rest.substr(2).starts_with(name) ||
      !rest.substr(2 + name.size()).starts_with('>')) {
    return malformed_answer("Credentials are malformed");
  }
  rest.remove_prefix(name.size() + 3);
  if (text.contains('&')) {
    return malformed_answer("Credentials hold an entity");
  }
  if (elements.size() >= kElementsMax || !elements.emplace(name, text).second) {
    return malformed_answer("Credentials hold an element twice, or too many");
  }
  return {};
}

Result<std::string_view> content_of_credentials(std::string_view xml) {
  if (xml.size() > kStsAnswerBytesMax) {
    return fail(Errc::too_large, "the answer is too large");
  }
  if (xml.contains("<!")) {  // Comments, CDATA and document types could hide an element.
    return malformed_answer("text holds more than elements");
  }
  const std::size_t open = xml.find(kOpen);
  const std::size_t close = xml.find(kClose);
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return malformed_answer("Credentials are missing");
  }
  if (xml.find(kOpen, open + 1) != std::string_view::npos ||
      xml.find(kClose, close + 1) != std::string_view::npos) {
    return malformed_answer("Credentials stand there twice");
  }
  return xml.substr(open + kOpen.size(), close - open - kOpen.size());
}

}  // namespace

Result<Credentials> parse_sts_answer(std::string_view xml) {
  VC_TRY(const std::string_view content, content_of_credentials(xml));
  Elements elements;
  for (std::string_view rest = trimmed(content); !rest.empty(); rest = trimmed(rest)) {
    VC_CHECK(take_element(rest, elements));
  }
  const auto expires_at = parse_expiration(trimmed(elements["Expiration"]));
  if (!expires_at) {
    return malformed_answer("Expiration is no time");
  }
  const auto text = [&](std::string_view name) { return std::string(trimmed(elements[name])); };
  auto credentials = checked_credentials({.access_key_id = text("AccessKeyId"),
                                          .secret_access_key = text("SecretAccessKey"),
                                          .session_token = text("SessionToken"),
                                          .expires_at = expires_at});
  if (credentials && credentials->session_token.empty()) {
    return malformed_answer("SessionToken is missing");
  }
  return credentials;
}

}  // namespace vc::storage
