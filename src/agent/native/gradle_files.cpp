#include "agent/native/gradle_files.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace vc::agent {

namespace {

struct GradleToken {
  enum class Kind : unsigned char { word, text, sign, line_end };
  Kind kind = Kind::sign;
  std::string value;    // Of a text: without quotes; of a sign: one character.
  bool literal = true;  // A text without "$...".
};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '$';
}

// Comments are left out, strings are one token each, as both languages have them.
class GradleTokens {
 public:
  explicit GradleTokens(std::string_view text) : rest_(text) {}

  std::vector<GradleToken> all() {
    while (!rest_.empty()) {
      take();
    }
    return std::move(tokens_);
  }

 private:
  void skip(std::size_t end, std::size_t width) {
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + width);
  }

  void take() {
    const char first = rest_.front();
    if (rest_.starts_with("//")) {
      skip(rest_.find('\n'), 0);
    } else if (rest_.starts_with("/*")) {
      skip(rest_.find("*/", 2), 2);
    } else if (first == '\n') {
      tokens_.push_back({.kind = GradleToken::Kind::line_end, .value = {}});
      rest_.remove_prefix(1);
    } else if (first == '"' || first == '\'') {
      take_text(first);
    } else if (is_word_character(first)) {
      std::size_t end = 1;
      while (end < rest_.size() && is_word_character(rest_[end])) {
        ++end;
      }
      tokens_.push_back(
          {.kind = GradleToken::Kind::word, .value = std::string(rest_.substr(0, end))});
      rest_.remove_prefix(end);
    } else {
      if (first != ' ' && first != '\t' && first != '\r') {
        tokens_.push_back({.kind = GradleToken::Kind::sign, .value = std::string(1, first)});
      }
      rest_.remove_prefix(1);
    }
  }

  void take_text(char quote) {
    const std::string thrice(3, quote);
    GradleToken token{.kind = GradleToken::Kind::text, .value = {}};
    if (rest_.starts_with(thrice)) {
      const std::size_t end = rest_.find(thrice, 3);
      token.value = rest_.substr(3, end == std::string_view::npos ? end : end - 3);
      skip(end, 3);
    } else {
      std::size_t i = 1;
      for (; i < rest_.size() && rest_[i] != quote && rest_[i] != '\n'; ++i) {
        if (rest_[i] == '\\' && i + 1 < rest_.size()) {
          ++i;
        }
        token.value += rest_[i];
      }
      rest_.remove_prefix(std::min(i + 1, rest_.size()));
    }
    token.literal = quote == '\'' || !token.value.contains('$');
    tokens_.push_back(std::move(token));
  }

  std::string_view rest_;
  std::vector<GradleToken> tokens_;
};

class GradleReader {
 public:
  explicit GradleReader(std::string_view text) : tokens_(GradleTokens(text).all()) {}

  GradleSettings settings() {
    GradleSettings settings;
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      if (is_word(at_, "include") && !is_sign(at_ - 1, '.')) {
        take_includes(settings);
      } else if (is_word(at_, "project")) {
        take_folder(settings);
      }
    }
    std::ranges::sort(settings.projects);
    const auto repeated = std::ranges::unique(settings.projects);
    settings.projects.erase(repeated.begin(), repeated.end());
    return settings;
  }

  std::vector<GradleReference> references() {
    std::vector<GradleReference> found;
    bool for_tests = false;
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      if (begins_statement(at_)) {
        const std::string& word = tokens_[at_].value;
        for_tests = word.starts_with("test") || word.starts_with("androidTest");
      }
      if (is_word(at_, "project")) {
        if (auto project = named_project(at_ + 1)) {
          found.push_back({.project = *std::move(project), .for_tests = for_tests});
        }
      } else if (is_word(at_, "projects") && is_sign(at_ + 1, '.')) {
        found.push_back(
            {.project = accessor_at(at_ + 2), .by_accessor = true, .for_tests = for_tests});
      }
    }
    return found;
  }

 private:
  using Kind = GradleToken::Kind;

  // `index` may lie before the first token or behind the last.
  bool is(std::size_t index, Kind kind) const {
    return index < tokens_.size() && tokens_[index].kind == kind;
  }

  bool is_word(std::size_t index, std::string_view word) const {
    return is(index, Kind::word) && tokens_[index].value == word;
  }

  bool is_sign(std::size_t index, char sign) const {
    return is(index, Kind::sign) && tokens_[index].value.front() == sign;
  }

  bool begins_statement(std::size_t index) const {
    return is(index, Kind::word) && (index == 0 || is(index - 1, Kind::line_end) ||
                                     is_sign(index - 1, '{') || is_sign(index - 1, ';'));
  }

  // include ':a', ':b'   include(":a", ":b")
  void take_includes(GradleSettings& settings) {
    std::size_t next = at_ + 1;
    next += is_sign(next, '(') ? 1 : 0;
    while (true) {
      while (is(next, Kind::line_end) && next > at_ + 1) {
        ++next;  // A list may go on in the next line.
      }
      if (!is(next, Kind::text) || !tokens_[next].literal) {
        settings.has_computed =
            settings.has_computed || is(next, Kind::text) || is(next, Kind::word);
        return;
      }
      add_project(tokens_[next].value, settings);
      at_ = next;
      if (!is_sign(next + 1, ',')) {
        return;
      }
      next += 2;
    }
  }

  // The include of a file tree, `include '**/*.gradle'`, is another one.
  static void add_project(std::string_view name, GradleSettings& settings) {
    if (name.empty() || name.find_first_of("*/\\ #\t\r\n") != std::string_view::npos) {
      return;
    }
    settings.projects.push_back((name.starts_with(':') ? "" : ":") + std::string(name));
  }

  // project(':a').projectDir = file('x')   ... = new File(settingsDir, 'x')
  void take_folder(GradleSettings& settings) {
    const auto project = named_project(at_ + 1);
    if (!project) {
      return;
    }
    std::size_t next = at_ + 1;
    while (next < tokens_.size() && !is_word(next, "projectDir") && !is(next, Kind::line_end)) {
      ++next;
    }
    if (!is_word(next, "projectDir") || !is_sign(next + 1, '=')) {
      return;
    }
    std::optional<std::string> folder;
    for (; next < tokens_.size() && !is(next, Kind::line_end); ++next) {
      if (is(next, Kind::text)) {
        folder = tokens_[next].literal ? std::optional(tokens_[next].value) : std::nullopt;
      }
    }
    if (folder) {
      settings.folders[*project] = *std::move(folder);
    } else {
      settings.has_computed = true;
    }
  }

  // (":a")   (path: ":a", configuration: "x")   (path = ":a")
  std::optional<std::string> named_project(std::size_t next) const {
    if (!is_sign(next, '(')) {
      return std::nullopt;
    }
    ++next;
    if (is_word(next, "path") && (is_sign(next + 1, ':') || is_sign(next + 1, '='))) {
      next += 2;
    }
    if (!is(next, Kind::text) || !tokens_[next].literal) {
      return std::nullopt;
    }
    return tokens_[next].value;
  }

  std::string accessor_at(std::size_t next) const {
    std::string accessor;
    while (is(next, Kind::word)) {
      accessor += (accessor.empty() ? "" : ".") + tokens_[next].value;
      if (!is_sign(next + 1, '.')) {
        break;
      }
      next += 2;
    }
    return accessor;
  }

  std::vector<GradleToken> tokens_;
  std::size_t at_ = 0;
};

}  // namespace

GradleSettings read_gradle_settings(std::string_view text) {
  return GradleReader(text).settings();
}

std::vector<GradleReference> read_gradle_build(std::string_view text) {
  return GradleReader(text).references();
}

std::string gradle_accessor(std::string_view project) {
  std::string accessor;
  bool capital = false;
  for (const char c : project.substr(project.starts_with(':') ? 1 : 0)) {
    if (c == '-' || c == '_') {
      capital = true;
    } else if (c == ':') {
      accessor += '.';
    } else {
      accessor += capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      capital = false;
    }
  }
  return accessor;
}

}  // namespace vc::agent
