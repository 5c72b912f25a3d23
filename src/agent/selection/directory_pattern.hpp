// DirectoryPattern: which folders of packages a filter means.
//
// Other than a Glob of inputs, "apps" is that folder alone and nothing below it: `./apps/*` and
// `./apps/**` say what they mean.
#pragma once

#include "core/glob.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class DirectoryPattern {
 public:
  // `pattern` counts from `base`, a folder of the workspace ("" is its root). Errc::invalid when it
  // leaves the workspace or is no Glob.
  static Result<DirectoryPattern> create(std::string_view pattern, std::string_view base);

  bool matches(std::string_view directory) const;

  // "apps/web": relative to the workspace's root; "" is the root.
  const std::string& text() const { return text_; }

  bool is_literal() const { return is_literal_; }

 private:
  // Of `front/a/b`: what Glob decides, and the literal end, which has to be equal.
  struct Alternative {
    std::optional<Glob> front;
    std::vector<std::string> end;
  };

  static bool matches(const Alternative& alternative, std::string_view directory);

  std::string text_;
  bool is_literal_ = true;
  std::vector<Alternative> alternatives_;
};

}  // namespace vc::agent
