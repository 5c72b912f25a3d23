#include "storage/s3/lifecycle.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>

namespace vc::storage {

namespace {

// Finds elements by their tags. What a rule does not say in this plain form counts as not said.
class Elements {
 public:
  explicit Elements(std::string_view text) : text_(text) {}

  // The content of the next <name>...</name>, and past it.
  std::optional<std::string_view> next(std::string_view name) {
    const std::size_t open = find_open(name);
    if (open == std::string_view::npos) {
      return std::nullopt;
    }
    text_.remove_prefix(open + name.size() + 2);
    const std::string close = std::string("</").append(name).append(">");
    const std::size_t end = text_.find(close);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view content = text_.substr(0, end);
    text_.remove_prefix(end + close.size());
    return content;
  }

 private:
  std::size_t find_open(std::string_view name) const {
    return text_.find(std::string("<").append(name).append(">"));
  }

  std::string_view text_;
};

std::optional<std::string_view> element(std::string_view text, std::string_view name) {
  return Elements(text).next(name);
}

// A rule that looks at tags or sizes covers some artifacts only.
bool covers_all_below(std::string_view rule, std::string_view prefix) {
  for (const std::string_view narrower :
       {"<Tag>", "<ObjectSizeGreaterThan>", "<ObjectSizeLessThan>"}) {
    if (rule.find(narrower) != std::string_view::npos) {
      return false;
    }
  }
  return prefix.starts_with(element(rule, "Prefix").value_or(""));
}

std::optional<int> days_of(std::string_view rule) {
  const auto expiration = element(rule, "Expiration");
  const auto text = trimmed(element(expiration.value_or(""), "Days").value_or(""));
  int days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  return error == std::errc{} && end == text.data() + text.size() && days > 0 ? std::optional(days)
                                                                              : std::nullopt;
}

}  // namespace

Result<std::optional<std::chrono::days>> expiration_of(std::string_view xml,
                                                       std::string_view prefix) {
  if (xml.find("<LifecycleConfiguration") == std::string_view::npos) {
    return fail(Errc::corrupt, "the store's lifecycle rules cannot be read");
  }
  std::optional<std::chrono::days> soonest;
  Elements rules(xml);
  while (const auto rule = rules.next("Rule")) {
    const auto days = days_of(*rule);
    if (days && trimmed(element(*rule, "Status").value_or("")) == "Enabled" &&
        covers_all_below(*rule, prefix)) {
      soonest = std::min(soonest.value_or(std::chrono::days::max()), std::chrono::days(*days));
    }
  }
  return soonest;
}

}  // namespace vc::storage
