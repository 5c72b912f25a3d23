#include "agent/config/remote_reader.hpp"

#include "agent/diagnostic_codes.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

// The first `${NAME}` of `text`, without a default, that has no value; or, with `empty_counts`, an
// empty one.
std::string variable_without_value(std::string_view text, const Environment& environment,
                                   bool empty_counts) {
  for (std::size_t at = 0; (at = text.find('$', at)) != std::string_view::npos;) {
    if (text.substr(at).starts_with("$$")) {
      at += 2;
      continue;
    }
    const std::size_t end = text.find('}', at);
    if (!text.substr(at).starts_with("${") || end == std::string_view::npos) {
      ++at;
      continue;
    }
    const std::string_view name = text.substr(at + 2, end - at - 2);
    const auto value = environment.find(name);
    if (!name.contains(":-") && (!value || (empty_counts && value->empty()))) {
      return std::string(name);
    }
    at = end;
  }
  return {};
}

// "VC_AUTH_TOKEN" of "${VC_AUTH_TOKEN}" and of "${VC_AUTH_TOKEN:-x}"; "" without a variable.
std::string first_variable(std::string_view text) {
  const std::size_t start = text.find("${");
  if (start == std::string_view::npos) {
    return {};
  }
  text.remove_prefix(start + 2);
  return std::string(text.substr(0, text.find_first_of(":}")));
}

bool is_port(std::string_view digits) {
  constexpr unsigned kPortMax = 65535;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return digits.empty() || (error == std::errc{} && port >= 1 && port <= kPortMax);
}

class RemoteReader {
 public:
  RemoteReader(YamlReader& reader, const Environment& environment)
      : reader_(reader), environment_(environment) {}

  RemoteConfig read(const YamlEntry& entry) {
    read_keys(reader_, reader_.map(entry), kKeys, *this);
    // Without `enabled`, a remote that is written down is one to use.
    remote_.enabled = enabled_.value_or(url_entry_.has_value());
    if (remote_.enabled && !url_entry_) {
      reader_.error(codes::kMissingKey, reader_.key_position(entry), "\"remote\" has no url",
                    "add url: \"http://localhost:8080\", or set enabled: false");
    }
    // The values of a remote that is off are not looked at: CI without secrets must still run.
    if (remote_.enabled && url_ && url_entry_) {
      remote_.url = expanded(*url_entry_, *url_);
      if (remote_.missing_variable.empty()) {
        check_url(reader_.position(*url_entry_));
      }
    }
    if (remote_.enabled && token_ && token_entry_) {
      remote_.token = expanded(*token_entry_, *token_);
      remote_.token_variable = first_variable(*token_);
    }
    if (!remote_.missing_variable.empty()) {
      remote_.enabled = false;
      remote_.token.clear();
    }
    return std::move(remote_);
  }

  static const std::array<KeyRow<RemoteReader>, 4> kKeys;

 private:
  void read_enabled(const YamlEntry& entry) {
    if (entry.value->kind == YamlNode::Kind::scalar && entry.value->text.contains("${")) {
      const std::string text = expanded(entry, entry.value->text);
      enabled_ = text == "true" || text == "1";
      return;
    }
    // After a wrong value: off, so that the url is not checked for nothing.
    enabled_ = reader_.boolean(entry).value_or(false);
  }

  void read_url(const YamlEntry& entry) {
    url_ = reader_.text(entry);
    url_entry_ = entry;
  }

  void read_token(const YamlEntry& entry) {
    token_ = reader_.text(entry);
    token_entry_ = entry;
    if (token_ && !token_->empty() && !token_->contains("${")) {
      reader_.warning(codes::kTokenInFile, reader_.position(entry),
                      "the token is written in the file, for all to read who can read the sources",
                      "write token: \"${VC_AUTH_TOKEN}\" and set the variable");
    }
  }

  void read_share_notes(const YamlEntry& entry) {
    remote_.shares_notes = reader_.boolean(entry).value_or(false);
  }

  std::string expanded(const YamlEntry& entry, const std::string& text) {
    // CI gives a secret that it withholds as an empty variable, so empty is as good as unset.
    const std::string unset = variable_without_value(text, environment_, false);
    if (!unset.empty()) {
      remote_.missing_variable = unset;
      return {};
    }
    auto value = environment_.expand(text);
    if (!value) {
      reader_.error(codes::kBadVariable, reader_.position(entry), value.error().message,
                    value.error().hint);
      return {};
    }
    if (value->empty()) {
      remote_.missing_variable = variable_without_value(text, environment_, true);
    }
    return *std::move(value);
  }

  void check_url(const SourcePosition& at) {
    std::string problem;
    const auto url = boost::urls::parse_uri(remote_.url);
    if (!url) {
      problem = "not a URL";
    } else if (url->scheme() != "http" && url->scheme() != "https") {
      problem = "not an http or https URL";
    } else if (url->host().empty()) {
      problem = "without a host";
    } else if (url->has_userinfo()) {
      problem = "a URL with a user name or password";
    } else if (url->has_query() || url->has_fragment()) {
      problem = "a URL with a query or fragment";
    } else if (!is_port(url->port())) {
      problem = "a URL with a port that does not exist";
    }
    if (!problem.empty()) {
      // Not quoted in full: what stands before an '@' may be a secret.
      const std::size_t at_sign = remote_.url.rfind('@');
      const std::string shown =
          at_sign == std::string::npos ? remote_.url : "..." + remote_.url.substr(at_sign);
      reader_.error(codes::kBadUrl, at, fmt::format("remote.url \"{}\" is {}", shown, problem),
                    problem.ends_with("password")
                        ? "credentials belong in token: \"${VC_AUTH_TOKEN}\""
                        : "write it like \"https://cache.example.com:8080\"");
      return;
    }
    while (remote_.url.ends_with('/')) {
      remote_.url.pop_back();
    }
  }

  YamlReader& reader_;
  const Environment& environment_;
  RemoteConfig remote_;
  std::optional<bool> enabled_;
  std::optional<std::string> url_;
  std::optional<std::string> token_;
  std::optional<YamlEntry> url_entry_;
  std::optional<YamlEntry> token_entry_;
};

constexpr std::array<KeyRow<RemoteReader>, 4> RemoteReader::kKeys{{
    {.name = "enabled", .read = &RemoteReader::read_enabled},
    {.name = "url", .read = &RemoteReader::read_url},
    {.name = "token", .read = &RemoteReader::read_token},
    {.name = "share_notes", .read = &RemoteReader::read_share_notes},
}};

}  // namespace

std::span<const std::string_view> remote_keys() {
  static constexpr auto kNames = names_of(RemoteReader::kKeys);
  return kNames;
}

RemoteConfig read_remote(YamlReader& reader, const YamlEntry& entry,
                         const Environment& environment) {
  return RemoteReader(reader, environment).read(entry);
}

}  // namespace vc::agent
