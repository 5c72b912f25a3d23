#include "agent/config/json_document.hpp"

#include "agent/diagnostic_codes.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

constexpr char32_t kHighSurrogates = 0xD800;
constexpr char32_t kLowSurrogates = 0xDC00;
constexpr char32_t kSurrogatesEnd = 0xE000;

bool is_json_number(std::string_view word) {
  const auto digits = [&] {
    const std::size_t count = std::min(word.find_first_not_of("0123456789"), word.size());
    word.remove_prefix(count);
    return count;
  };
  word.remove_prefix(word.starts_with('-') ? 1 : 0);
  const bool leading_zero = word.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (leading_zero && whole > 1)) {
    return false;
  }
  if (word.starts_with('.')) {
    word.remove_prefix(1);
    if (digits() == 0) {
      return false;
    }
  }
  if (word.starts_with('e') || word.starts_with('E')) {
    word.remove_prefix(1);
    word.remove_prefix(word.starts_with('+') || word.starts_with('-') ? 1 : 0);
    return digits() > 0 && word.empty();
  }
  return word.empty();
}

}  // namespace

// Recursive, to the depth of kJsonNestingMax. After a mistake every function returns false.
class JsonTreeBuilder {
 public:
  explicit JsonTreeBuilder(const SourceText& source) : source_(source), text_(source.text()) {
    at_ = text_.size() - without_byte_order_mark(text_).size();
  }

  std::expected<YamlDocument, Diagnostic> build() && {
    if (value(0, document_.root_) && skip_blanks() && at_ < text_.size()) {
      fail(at_, "something follows the end of the value");
    }
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    return std::move(document_);
  }

 private:
  bool fail(std::size_t at, const std::string& message, std::string help = {}) {
    if (!error_) {
      error_ = source_.error(codes::kBadManifest, source_.at_offset(at),
                             "not valid JSON: " + message, std::move(help));
    }
    return false;
  }

  bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }

  bool skip_blanks() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (std::string_view(" \t\r\n").contains(rest.front())) {
        ++at_;
      } else if (rest.starts_with("//")) {
        at_ += std::min(rest.find('\n'), rest.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        if (end == std::string_view::npos) {
          return fail(at_, "a comment is not closed", "close it with */");
        }
        at_ += end + 2;
      } else {
        break;
      }
    }
    return true;
  }

  bool add(YamlNode node, std::uint32_t& id) {
    if (document_.nodes_.size() >= kYamlNodesMax) {
      error_ = source_.error(codes::kTooComplex, source_.at_offset(node.offset),
                             fmt::format("more than {} values", kYamlNodesMax));
      return false;
    }
    id = static_cast<std::uint32_t>(document_.nodes_.size());
    document_.nodes_.push_back(std::move(node));
    return true;
  }

  bool value(std::size_t depth, std::uint32_t& id) {
    if (!skip_blanks()) {
      return false;
    }
    if (at_ == text_.size()) {
      return fail(at_, "the file ends where a value is expected");
    }
    if (is_at('{') || is_at('[')) {
      if (depth >= kJsonNestingMax) {
        error_ = source_.error(codes::kTooComplex, source_.at_offset(at_),
                               fmt::format("values are nested more than {} deep", kJsonNestingMax));
        return false;
      }
      return is_at('{') ? map(depth, id) : sequence(depth, id);
    }
    return is_at('"') ? string(id) : word(id);
  }

  bool map(std::size_t depth, std::uint32_t& id) {
    if (!add({.kind = YamlNode::Kind::map, .text = {}, .children = {}, .offset = at_++}, id)) {
      return false;
    }
    std::vector<std::uint32_t> children;
    while (skip_blanks() && !is_at('}')) {
      std::uint32_t key = 0;
      std::uint32_t item = 0;
      if (!is_at('"')) {
        return fail(at_, "a key or '}' is expected", "keys stand in double quotes");
      }
      if (!string(key) || !skip_blanks()) {
        return false;
      }
      if (!is_at(':')) {
        return fail(at_, "':' is expected after the key");
      }
      ++at_;
      if (!value(depth + 1, item)) {
        return false;
      }
      children.insert(children.end(), {key, item});
      if (!between_items('}')) {
        return false;
      }
    }
    return close(id, std::move(children));
  }

  bool sequence(std::size_t depth, std::uint32_t& id) {
    if (!add({.kind = YamlNode::Kind::sequence, .text = {}, .children = {}, .offset = at_++}, id)) {
      return false;
    }
    std::vector<std::uint32_t> children;
    while (skip_blanks() && !is_at(']')) {
      std::uint32_t item = 0;
      if (!value(depth + 1, item)) {
        return false;
      }
      children.push_back(item);
      if (!between_items(']')) {
        return false;
      }
    }
    return close(id, std::move(children));
  }

  // A comma, or nothing before `closing`.
  bool between_items(char closing) {
    if (!skip_blanks()) {
      return false;
    }
    if (is_at(',')) {
      ++at_;
      return true;
    }
    return is_at(closing) || fail(at_, fmt::format("',' or '{}' is expected", closing));
  }

  bool close(std::uint32_t id, std::vector<std::uint32_t> children) {
    if (error_) {
      return false;
    }
    ++at_;
    document_.nodes_[id].children = std::move(children);
    return true;
  }

  bool word(std::uint32_t& id) {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,:[]{}\"/", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    const bool is_null = word == "null";
    if (!is_null && word != "true" && word != "false" && !is_json_number(word)) {
      return fail(at_, "a value is expected", "texts stand in double quotes");
    }
    YamlNode node{.kind = is_null ? YamlNode::Kind::null : YamlNode::Kind::scalar,
                  .text = std::string(word),
                  .children = {},
                  .offset = at_,
                  .width = word.size()};
    at_ = end;
    return add(std::move(node), id);
  }

  bool string(std::uint32_t& id) {
    const std::size_t begin = at_++;
    std::string decoded;
    while (at_ < text_.size() && !is_at('"')) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20) {
        return fail(at_, "a text is not closed on its line", "close it with a double quote");
      }
      if (c == '\\') {
        if (!escape(decoded)) {
          return false;
        }
        continue;
      }
      decoded += text_[at_++];
    }
    if (at_ == text_.size()) {
      return fail(begin, "a text is not closed", "close it with a double quote");
    }
    ++at_;
    return add({.kind = YamlNode::Kind::scalar,
                .quoted = true,
                .text = std::move(decoded),
                .children = {},
                .offset = begin,
                .width = at_ - begin},
               id);
  }

  bool escape(std::string& decoded) {
    const std::size_t begin = at_++;
    const char c = at_ < text_.size() ? text_[at_++] : '\0';
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
      decoded += kMeanings[known];
      return true;
    }
    char32_t code_point = 0;
    if (c != 'u' || !hex(code_point)) {
      return fail(begin, "an unknown escape", "a backslash itself is written \\\\");
    }
    if (code_point >= kHighSurrogates && code_point < kLowSurrogates &&
        text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      char32_t low = 0;
      if (!hex(low) || low < kLowSurrogates || low >= kSurrogatesEnd) {
        return fail(begin, "half of a surrogate pair");
      }
      code_point = 0x10000 + ((code_point - kHighSurrogates) << 10U) + (low - kLowSurrogates);
    }
    if ((code_point >= kHighSurrogates && code_point < kSurrogatesEnd) || code_point == 0) {
      return fail(begin, "an escape that is no character");
    }
    append_utf8(decoded, code_point);
    return true;
  }

  bool hex(char32_t& value) {
    constexpr std::size_t kDigits = 4;
    for (std::size_t i = 0; i < kDigits; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
      const std::size_t digit = std::string_view("0123456789abcdef").find(lower);
      if (digit == std::string_view::npos) {
        return false;
      }
      value = (value << 4U) | static_cast<char32_t>(digit);
    }
    return true;
  }

  const SourceText& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  YamlDocument document_;
  std::optional<Diagnostic> error_;
};

std::expected<YamlDocument, Diagnostic> parse_json_document(const SourceText& source) {
  if (auto error = encoding_error(source)) {
    return std::unexpected(*std::move(error));
  }
  return JsonTreeBuilder(source).build();
}

}  // namespace vc::agent
