#include "agent/commands/clean.hpp"
#include "agent/commands/completion.hpp"
#include "agent/commands/doctor.hpp"
#include "agent/commands/gc.hpp"
#include "agent/commands/graph.hpp"
#include "agent/commands/init.hpp"
#include "agent/commands/lazy_http_client.hpp"
#include "agent/commands/look.hpp"
#include "agent/commands/parser.hpp"
#include "agent/commands/plan.hpp"
#include "agent/commands/prune.hpp"
#include "agent/commands/run.hpp"
#include "agent/commands/trace.hpp"
#include "agent/commands/version.hpp"
#include "agent/commands/watch.hpp"
#include "agent/commands/why.hpp"
#include "agent/exit_code.hpp"
#include "agent/trace/trace_launcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace vc::agent;

// A descriptor we open must never become standard output by accident.
void open_missing_standard_descriptors() {
  int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  while (fd >= 0 && fd <= STDERR_FILENO) {
    ::fcntl(fd, F_SETFD, 0);
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  }
  ::close(fd);
}

// `| head` has seen what it wanted.
bool reader_has_left() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

Terminal terminal_of_standard_output() {
  return {.is_terminal = ::isatty(STDOUT_FILENO) == 1,
          .has_keyboard = ::isatty(STDIN_FILENO) == 1,
          .size = [] {
            winsize size{};
            return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
                       ? TerminalSize{.columns = size.ws_col, .rows = size.ws_row}
                       : TerminalSize{};
          }};
}

int run_command(const Arguments& arguments, CommandContext& context) {
  struct Run {
    CommandContext& context;

    int operator()(const RunArguments& a) const { return run_tasks(a, context); }

    int operator()(const WatchArguments& a) const { return run_watch(a, context); }

    int operator()(const PlanArguments& a) const { return run_plan(a, context); }

    int operator()(const InitArguments& a) const {
      return run_init({.directory = context.directory, .force = a.force == Force::yes}, context.out,
                      context.err);
    }

    int operator()(const TraceArguments& a) const { return run_trace(a, context); }

    int operator()(const CleanArguments& a) const { return run_clean(a, context); }

    int operator()(const GcArguments& a) const { return run_gc(a, context); }

    int operator()(const PruneArguments& a) const { return run_prune(a, context); }

    int operator()(const VersionArguments& a) const { return run_version(a, context); }

    int operator()(const CompletionArguments& a) const { return run_completion(a, context); }

    int operator()(const WhyArguments& a) const { return run_why(a, context); }

    int operator()(const GraphArguments& a) const { return run_graph(a, context); }

    int operator()(const ListArguments& a) const { return run_list(a, context); }

    int operator()(const LogsArguments& a) const { return run_logs(a, context); }

    int operator()(const StatsArguments& a) const { return run_stats(a, context); }

    int operator()(const DoctorArguments& a) const { return run_doctor(a, context); }

    int operator()(const ConfigArguments& a) const { return run_config_show(a, context); }
  };

  return std::visit(Run{context}, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && argv[1] == kLauncherCommand) {
    return run_launcher({argv + 2, argv + argc});
  }
  open_missing_standard_descriptors();
  ::signal(SIGPIPE, SIG_IGN);  // `| head` is an error of a write, handled where we write.
  std::ios::sync_with_stdio(false);

  const std::vector<std::string> words(argv + 1, argv + argc);
  const ParsedCommandLine parsed = parse_command_line(words);
  if (!parsed.arguments) {
    (parsed.exit_code == 0 ? std::cout : std::cerr) << parsed.message;
    return parsed.exit_code;
  }
  std::error_code no_directory;
  const vc::fs::path directory = vc::fs::current_path(no_directory);
  if (no_directory) {
    std::cerr << "error: the current directory: " << no_directory.message() << '\n';
    return to_int(ExitCode::usage);
  }
  const vc::Environment environment = vc::Environment::of_process();
  const vc::SystemClock clock;
  LazyHttpClient http;
  CommandContext context{.environment = environment,
                         .directory = directory,
                         .out = std::cout,
                         .err = std::cerr,
                         .clock = clock,
                         .http = http,
                         .pause = make_real_pause(),
                         .terminal = terminal_of_standard_output()};
  const int code = run_command(*parsed.arguments, context);
  std::cout.flush();
  if (!std::cout && !reader_has_left()) {  // A full disk: what is there is not the whole.
    std::cerr << "error: standard output could not be written to its end\n"
                 "help: is the disk full?\n";
    return code == to_int(ExitCode::ok) ? to_int(ExitCode::cache_required) : code;
  }
  return code;
}
