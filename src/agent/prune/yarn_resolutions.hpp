// `resolutions` of the root's package.json, as yarn 2 and later reads them: which range it takes
// instead of one that a manifest gives.
#pragma once

#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// "[user[@reference]/]name[@range]": what `instead` stands for.
struct YarnResolution {
  std::string user;            // "" is any.
  std::string user_reference;  // "npm:1.0.0"; "" is any.
  std::string name;
  std::string range;  // "" is any.
  std::string instead;
};

class YarnResolutions {
 public:
  // Of a package.json. Errc::invalid when it is no JSON object.
  static Result<YarnResolutions> parse(std::string_view manifest);

  // What `user` gets for `name` at `range`; nullopt where that range counts. `reference` is the
  // user's, as its lockfile entry's `resolution` has it behind the name. The first one counts.
  std::optional<std::string_view> find(std::string_view user, std::string_view reference,
                                       std::string_view name, std::string_view range) const;

 private:
  std::vector<YarnResolution> all_;
};

}  // namespace vc::agent
