// CommandContext: the outside world as a command gets it from main.
#pragma once

#include "agent/profile.hpp"
#include "agent/progress.hpp"
#include "agent/remote/retrying_http.hpp"
#include "core/clock.hpp"
#include "core/env.hpp"
#include "core/files.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <ostream>

namespace vc::agent {

struct Terminal {
  bool is_terminal = false;   // Standard output.
  bool has_keyboard = false;  // Standard input is a terminal too.
  std::function<TerminalSize()> size = [] { return TerminalSize{}; };
};

struct CommandContext {
  const Environment& environment;
  fs::path directory;  // Where the user stands.
  std::ostream& out;   // What was asked for.
  std::ostream& err;   // Everything else.
  const Clock& clock;
  net::HttpClient& http;
  Pause pause;  // Between the attempts of a request.
  Terminal terminal;
  Profile* profile = nullptr;  // Of a run with --profile.
};

}  // namespace vc::agent
