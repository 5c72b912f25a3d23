// RunAlternatives: the flags of `run`, spelled as Turborepo spells them, that ask for another
// command in its place: --dry is `plan`, --graph is `graph`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace vc::agent {

class RunAlternatives {
 public:
  void add_to(CLI::App& run);

  // What is asked for instead of `run`, on its selection; nullopt for a run. Errc::invalid: flags
  // that need a run, or a file whose name says nothing about its form.
  Result<std::optional<Arguments>> instead_of(const RunArguments& run) const;

 private:
  std::optional<std::string> dry_;    // "" or "text", "json".
  std::optional<std::string> graph_;  // "": standard output; else a file.
};

}  // namespace vc::agent
