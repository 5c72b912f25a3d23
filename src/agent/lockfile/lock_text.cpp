#include "agent/lockfile/lock_text.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kNotPlain = "&*!@`%|>?,[]{}#";
// Below this, comparing each with each is faster than sorting.
constexpr std::size_t kFewKeys = 12;

struct Line {
  std::size_t indent = 0;
  std::string_view content;  // Without indentation and the line's end.
};

}  // namespace

class LockTextParser {
 public:
  explicit LockTextParser(std::string_view text) : text_(text) {}

  Result<LockText> parse() {
    out_.nodes_.reserve((text_.size() / 32) + 1);
    out_.nodes_.push_back({.raw = text_});
    open_.push_back({.node = 0, .indent = 0});
    while (take_line()) {
      VC_CHECK(read_line());
    }
    line_begin_ = text_.size();
    close_until(0);
    VC_CHECK(check_keys());
    return std::move(out_);
  }

 private:
  struct Open {
    std::uint32_t node = 0;
    std::size_t indent = 0;        // Of its children.
    std::uint32_t last_child = 0;  // 0: none yet.
    bool undecided = false;        // No child seen: the next deeper line says the indentation.
  };

  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(Errc::invalid, fmt::format("line {}: {}", line_number_, why));
  }

  // The next line that says anything.
  bool take_line() {
    while (at_ < text_.size()) {
      line_begin_ = at_;
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      std::string_view content = text_.substr(at_, end - at_);
      at_ = std::min(end + 1, text_.size());
      ++line_number_;
      content.remove_suffix(content.ends_with('\r') ? 1 : 0);
      line_.indent = std::min(content.find_first_not_of(' '), content.size());
      line_.content = content.substr(line_.indent);
      if (!line_.content.empty() && !line_.content.starts_with('#')) {
        return true;
      }
    }
    return false;
  }

  Result<void> read_line() {
    VC_CHECK(close_deeper());
    if (line_.content.starts_with("- ")) {
      const std::uint32_t item = add_child({});
      return read_value(item, line_.content.substr(2));
    }
    std::string_view rest = line_.content;
    std::string_view key;
    if (rest.starts_with("? ")) {
      // A key too long for one line with its value (YAML 1.2, 8.19).
      rest.remove_prefix(2);
      VC_TRY(key, take_key(rest, ""));
      if (!rest.empty() || !take_line() || line_.content != ":" ||
          line_.indent != open_.back().indent) {
        return refuse("a long key is not followed by \":\"");
      }
      return open(add_child(key));
    }
    VC_TRY(key, take_key(rest, ":"));
    const std::uint32_t child = add_child(key);
    if (rest == ":") {
      return open(child);
    }
    if (!rest.starts_with(": ")) {
      return refuse("no \": \" after a key");
    }
    return read_value(child, rest.substr(2));
  }

  // Ends the maps that the line is no longer in, and finds the one it is in.
  Result<void> close_deeper() {
    if (open_.back().undecided && line_.indent > open_.back().indent) {
      open_.back().indent = line_.indent;
    } else {
      close_until(line_.indent);
    }
    open_.back().undecided = false;
    return open_.back().indent == line_.indent ? Result<void>() : refuse("unexpected indentation");
  }

  void close_until(std::size_t indent) {
    while (open_.size() > 1 && (open_.back().indent > indent || open_.back().undecided)) {
      LockTextNode& node = out_.nodes_[open_.back().node];
      const auto begin = static_cast<std::size_t>(node.raw.data() - text_.data());
      node.raw = text_.substr(begin, line_begin_ - begin);
      open_.pop_back();
    }
  }

  Result<void> open(std::uint32_t node) {
    if (open_.size() >= kLockTextDepthMax) {
      return refuse("nested too deeply");
    }
    open_.push_back({.node = node, .indent = line_.indent, .undecided = true});
    return {};
  }

  std::uint32_t add_node(Open& parent, std::string_view key) {
    const auto id = static_cast<std::uint32_t>(out_.nodes_.size());
    out_.nodes_.push_back({.key = key, .raw = text_.substr(line_begin_, at_ - line_begin_)});
    (parent.last_child == 0 ? out_.nodes_[parent.node].first_child
                            : out_.nodes_[parent.last_child].next) = id;
    parent.last_child = id;
    return id;
  }

  std::uint32_t add_child(std::string_view key) { return add_node(open_.back(), key); }

  Result<void> read_value(std::uint32_t node, std::string_view value) {
    value = trimmed(value);
    if (value.starts_with('|') || value.starts_with('>')) {
      return skip_block(node, value);
    }
    if (value.starts_with('{') || value.starts_with('[')) {
      VC_CHECK(take_flow(node, value, 0));
    } else {
      VC_TRY(out_.nodes_[node].value, take_scalar(value, ""));
    }
    return value.empty() ? Result<void>() : refuse("something stands behind a value");
  }

  // The lines of a block scalar are those that are indented deeper, or empty.
  Result<void> skip_block(std::uint32_t node, std::string_view header) {
    if (header.find_first_not_of("|>+-0123456789") != std::string_view::npos) {
      return refuse("something stands behind a block scalar's header");
    }
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view line = text_.substr(at_, end - at_);
      const std::size_t content = line.find_first_not_of(" \r");
      if (content != std::string_view::npos && content <= line_.indent) {
        break;
      }
      at_ = std::min(end + 1, text_.size());
      ++line_number_;
    }
    out_.nodes_[node].value = text_.substr(begin, at_ - begin);
    out_.nodes_[node].raw = text_.substr(line_begin_, at_ - line_begin_);
    return {};
  }

  // What stands before `separator` and a blank or the end of the line; a quoted text up to its end.
  Result<std::string_view> take_key(std::string_view& rest, std::string_view separator) {
    VC_TRY(const std::string_view key, take_scalar(rest, separator));
    if (key.empty()) {
      return refuse("a key is missing");
    }
    return key;
  }

  Result<std::string_view> take_scalar(std::string_view& rest, std::string_view separators) {
    if (rest.starts_with('\'')) {
      return take_single_quoted(rest);
    }
    if (rest.starts_with('"')) {
      return take_double_quoted(rest);
    }
    if (rest.empty() || kNotPlain.contains(rest.front()) || rest.starts_with("---")) {
      return refuse("a value begins with a character that has a meaning in YAML");
    }
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
      const bool last = end + 1 == rest.size() || rest[end + 1] == ' ';
      if (rest[end] == '\t' || (rest[end] == '#' && end > 0 && rest[end - 1] == ' ')) {
        return refuse("a tab or a comment");
      }
      // In a flow collection its own punctuation ends a scalar wherever it stands.
      if (separators.contains(rest[end]) && (rest[end] != ':' || last)) {
        break;
      }
    }
    const std::string_view scalar = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    return scalar;
  }

  Result<std::string_view> take_single_quoted(std::string_view& rest) {
    std::string unescaped;
    bool has_escapes = false;
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (rest[i] != '\'') {
        continue;
      }
      if (rest.substr(i).starts_with("''")) {
        has_escapes = true;
        ++i;
        continue;
      }
      const std::string_view inner = rest.substr(1, i - 1);
      rest.remove_prefix(i + 1);
      if (!has_escapes) {
        return inner;
      }
      for (std::size_t k = 0; k < inner.size(); ++k) {
        unescaped += inner[k];
        k += inner[k] == '\'' ? 1 : 0;
      }
      return out_.unescaped_.emplace_back(std::move(unescaped));
    }
    return refuse("a quote is not closed");
  }

  // Escapes are left as they are but for \" and \\: names and versions have no others.
  Result<std::string_view> take_double_quoted(std::string_view& rest) {
    std::size_t end = 1;
    bool has_escapes = false;
    for (; end < rest.size() && rest[end] != '"'; ++end) {
      if (rest[end] == '\\') {
        has_escapes = true;
        ++end;
      }
    }
    if (end >= rest.size()) {
      return refuse("a quote is not closed");
    }
    const std::string_view inner = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    if (!has_escapes) {
      return inner;
    }
    std::string unescaped;
    for (std::size_t i = 0; i < inner.size(); ++i) {
      const bool known = inner[i] == '\\' && (inner[i + 1] == '"' || inner[i + 1] == '\\');
      i += known ? 1 : 0;
      unescaped += inner[i];
    }
    return out_.unescaped_.emplace_back(std::move(unescaped));
  }

  // `{a: 1, b: [x, y]}`, all on one line.
  Result<void> take_flow(std::uint32_t node, std::string_view& rest, std::size_t depth) {
    if (depth >= kLockTextDepthMax) {
      return refuse("nested too deeply");
    }
    const bool is_map = rest.starts_with('{');
    const char end = is_map ? '}' : ']';
    Open parent{.node = node};
    rest = trimmed(rest.substr(1));
    while (!rest.starts_with(end)) {
      std::string_view key;
      if (is_map) {
        VC_TRY(key, take_key(rest, ":,}"));
        if (!rest.starts_with(':')) {
          return refuse("no \":\" after a key");
        }
        rest = trimmed(rest.substr(1));
      }
      const std::uint32_t child = add_node(parent, key);
      if (rest.starts_with('{') || rest.starts_with('[')) {
        VC_CHECK(take_flow(child, rest, depth + 1));
      } else {
        VC_TRY(out_.nodes_[child].value, take_scalar(rest, ",]}"));
      }
      rest = trimmed(rest);
      if (rest.starts_with(',')) {
        rest = trimmed(rest.substr(1));
      } else if (!rest.starts_with(end)) {
        return refuse("a flow collection is not closed");
      }
    }
    rest.remove_prefix(1);
    return {};
  }

  // Readers of YAML differ in which of two equal keys counts.
  Result<void> check_keys() const {
    std::vector<std::string_view> keys;
    for (const LockTextNode& node : out_.nodes_) {
      keys.clear();
      out_.for_each(node, [&](const LockTextNode& child) {
        if (!child.key.empty()) {
          keys.push_back(child.key);
        }
      });
      bool repeated = false;
      if (keys.size() <= kFewKeys) {
        for (std::size_t i = 1; i < keys.size(); ++i) {
          repeated |= std::find(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(i),
                                keys[i]) != keys.begin() + static_cast<std::ptrdiff_t>(i);
        }
      } else {
        std::ranges::sort(keys);
        repeated = std::ranges::adjacent_find(keys) != keys.end();
      }
      if (repeated) {
        return fail(Errc::invalid, fmt::format("a key occurs twice in \"{}\"", node.key));
      }
    }
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  std::size_t line_number_ = 0;
  Line line_;
  std::vector<Open> open_;
  LockText out_;
};

Result<LockText> LockText::parse(std::string_view text) {
  return LockTextParser(without_byte_order_mark(text)).parse();
}

const LockTextNode* LockText::find(const LockTextNode& map, std::string_view key) const {
  for (std::uint32_t id = map.first_child; id != 0; id = nodes_[id].next) {
    if (nodes_[id].key == key) {
      return &nodes_[id];
    }
  }
  return nullptr;
}

std::string_view LockText::text(const LockTextNode& map, std::string_view key) const {
  const LockTextNode* node = find(map, key);
  return node == nullptr ? std::string_view() : node->value;
}

}  // namespace vc::agent
