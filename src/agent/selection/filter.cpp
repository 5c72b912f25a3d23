#include "agent/selection/filter.hpp"

#include "agent/diagnostic_codes.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kDots = "...";

bool takes(std::string_view& text, std::string_view prefix) {
  const bool is_there = text.starts_with(prefix);
  text.remove_prefix(is_there ? prefix.size() : 0);
  return is_there;
}

bool takes_last(std::string_view& text, std::string_view suffix) {
  const bool is_there = text.ends_with(suffix);
  text.remove_suffix(is_there ? suffix.size() : 0);
  return is_there;
}

int characters_in(std::string_view text) {
  int count = 0;
  while (!text.empty()) {
    text.remove_prefix(first_utf8_character(text).size);
    ++count;
  }
  return count;
}

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text), rest_(text) {
    filter_.text = std::string(text);
  }

  std::expected<Filter, Diagnostic> parse() {
    if (text_.size() > kFilterBytesMax) {
      fail(text_.substr(kFilterBytesMax), "the filter is longer than 4096 bytes", "write several");
    } else if (const auto control = std::ranges::find_if(
                   text_,
                   [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
               control != text_.end()) {
      fail(text_.substr(static_cast<std::size_t>(control - text_.begin()), 1),
           "the filter has a control character", "");
    } else {
      parse_surroundings();
      parse_core();
    }
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    return std::move(filter_);
  }

 private:
  void parse_surroundings() {
    filter_.is_exclusion = takes(rest_, "!");
    filter_.adds_dependencies = takes_last(rest_, kDots);
    filter_.leaves_itself_out = filter_.adds_dependencies && takes_last(rest_, "^");
    filter_.adds_dependents = takes(rest_, kDots);
    if (filter_.adds_dependents && takes(rest_, "^")) {
      filter_.leaves_itself_out = true;
    }
  }

  void parse_core() {
    if (rest_ == "." || rest_ == ".." || rest_.starts_with("./") || rest_.starts_with("../")) {
      filter_.directory = std::string(rest_);
      return;
    }
    const std::string_view core = rest_;
    parse_name();
    if (rest_.starts_with('{')) {
      parse_directory();
    }
    if (!error_) {
      parse_changes();
    }
    if (!error_ && core.empty()) {
      fail(text_, "the filter selects nothing",
           "write a package's name, a folder (./apps/*) or changes ([main])");
    }
  }

  void parse_name() {
    const std::size_t end = std::min(rest_.find_first_of("{["), rest_.size());
    std::string_view name = rest_.substr(0, end);
    if (name.starts_with("tag:")) {
      fail(name, "packages have no tags here", "select by name, folder or changes");
      return;
    }
    if (end < rest_.size() && rest_[end] == '[') {
      takes_last(name, kDots);  // Of `name...[range]`: for parse_changes().
    }
    if (const std::size_t caret = name.find('^'); caret != std::string_view::npos) {
      fail(name.substr(caret, 1), "\"^\" stands only beside \"...\"",
           "...^NAME selects the dependents of a package, NAME^... its dependencies");
    } else if (const auto brace = name.find_first_of("}]"); brace != std::string_view::npos) {
      fail(name.substr(brace, 1), fmt::format("\"{}\" closes nothing", name[brace]),
           "folders stand in {}, changes in []");
    } else if (const auto comma = name.find(','); comma != std::string_view::npos) {
      fail(name.substr(comma, 1), "a name has no comma", "give --filter once for each");
    }
    filter_.name = std::string(name);
    rest_.remove_prefix(name.size());
  }

  void parse_directory() {
    const std::size_t end = closing_brace();
    if (end == std::string_view::npos) {
      fail(rest_.substr(0, 1), "\"{\" is never closed", "write {./apps/*}");
      return;
    }
    if (end == 1) {
      fail(rest_.substr(0, 2), "there is no folder between the braces", "write {./apps/*}");
      return;
    }
    filter_.directory = std::string(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
  }

  // Alternatives in a pattern have braces of their own.
  std::size_t closing_brace() const {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      depth += rest_[i] == '{' ? 1 : 0;
      if (rest_[i] == '}' && --depth == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  void parse_changes() {
    filter_.counts_dependencies_changes = rest_.starts_with("...[");
    if (filter_.counts_dependencies_changes) {
      if (filter_.name.empty() && !filter_.directory) {
        fail(rest_.substr(0, kDots.size()), "these dots need a name or a folder before them",
             "NAME...[main] is NAME when it or a dependency changed");
        return;
      }
      rest_.remove_prefix(kDots.size());
    }
    if (rest_.empty()) {
      return;
    }
    if (!rest_.starts_with('[')) {
      fail(rest_, "the filter should end here", "the order is NAME{FOLDER}[CHANGES]");
      return;
    }
    const std::size_t end = rest_.find(']');
    if (end == std::string_view::npos) {
      fail(rest_.substr(0, 1), "\"[\" is never closed", "write [main] or [main...HEAD]");
    } else if (end + 1 < rest_.size()) {
      fail(rest_.substr(end + 1), "the filter should end here",
           "the order is NAME{FOLDER}[CHANGES]");
    } else {
      parse_range(rest_.substr(1, end - 1));
    }
  }

  void parse_range(std::string_view range) {
    const std::size_t dots = range.find(kDots);
    const bool has_end = dots != std::string_view::npos;
    const std::string_view from = range.substr(0, dots);
    const std::string_view to = has_end ? range.substr(dots + kDots.size()) : std::string_view();
    if (range.empty()) {
      fail(rest_, "there is no revision between the brackets", "write [main] or [main...HEAD]");
      return;
    }
    if (from.empty() || (has_end && to.empty())) {
      fail(range, "a range has a revision on either side", "write [main...HEAD]");
      return;
    }
    for (const std::string_view revision : {from, to}) {
      if (revision.starts_with('-')) {
        fail(revision, "a revision does not begin with \"-\"", "");
      } else if (revision.contains("..")) {
        fail(revision, "this is no revision", "a range is written [main...HEAD]");
      }
    }
    filter_.changes = ChangeRange{.from = std::string(from), .to = std::string(to)};
  }

  // The first mistake is told; what follows it may be its consequence. `part` is a piece of text_.
  void fail(std::string_view part, std::string message, std::string help) {
    if (error_) {
      return;
    }
    error_ = filter_diagnostic(codes::kBadFilter, text_, std::move(message), std::move(help));
    const auto offset = static_cast<std::size_t>(part.data() - text_.data());
    error_->at.column = 1 + characters_in(text_.substr(0, offset));
    error_->at.width = std::max(1, characters_in(part));
  }

  std::string_view text_;
  std::string_view rest_;
  Filter filter_;
  std::optional<Diagnostic> error_;
};

}  // namespace

std::expected<Filter, Diagnostic> parse_filter(std::string_view text) {
  return FilterParser(text).parse();
}

Diagnostic filter_diagnostic(int code, std::string_view filter, std::string message,
                             std::string help) {
  return {.code = code,
          .message = std::move(message),
          .at = {.file = "--filter", .line = 1, .column = 1, .width = characters_in(filter)},
          .source_line = std::string(filter),
          .help = std::move(help)};
}

}  // namespace vc::agent
