// Environment: a snapshot of environment variables, and `${VAR}` expansion over it.
#pragma once

#include "core/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vc {

class Environment {
 public:
  Environment() = default;

  explicit Environment(std::map<std::string, std::string, std::less<>> variables)
      : variables_(std::move(variables)) {}

  static Environment of_process();

  // nullopt is unset; set to nothing is "".
  std::optional<std::string_view> find(std::string_view name) const;

  const std::map<std::string, std::string, std::less<>>& all() const { return variables_; }

  void set(std::string name, std::string value);
  void unset(std::string_view name);

  // Expands `${VAR}` and `${VAR:-default}` (default also when VAR is empty); `$$` is a dollar sign
  // and every other `$` stays. An unset VAR without a default is Errc::invalid, naming it.
  Result<std::string> expand(std::string_view text) const;

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace vc
