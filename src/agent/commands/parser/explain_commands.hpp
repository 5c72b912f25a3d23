// ExplainCommands: the part of the command line that looks at runs instead of starting them.
#pragma once

#include "agent/commands/arguments.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace vc::agent {

class ExplainCommands {
 public:
  // Adds the flags of `run` and `plan` that select tasks.
  using AddSelection = std::function<void(CLI::App&, SelectionArguments&)>;
  // Fills in what those flags said.
  using FinishSelection = std::function<Result<void>(SelectionArguments&)>;

  // `app` keeps pointing into this.
  void add_to(CLI::App& app, const AddSelection& add_selection);

  // Of the one that was parsed; nullopt when it is none of these.
  Result<std::optional<Arguments>> arguments(const FinishSelection& finish);

 private:
  void add_why(CLI::App& app, const AddSelection& add_selection);

  CLI::App* why_ = nullptr;
  bool all_ = false;
  WhyArguments why_arguments_;
};

}  // namespace vc::agent
