#include "agent/commands/pick_task.hpp"

#include "agent/commands/here.hpp"
#include "agent/config.hpp"
#include "agent/exit_code.hpp"
#include "agent/picker/keyboard.hpp"
#include "agent/picker/task_menu.hpp"
#include "agent/task_graph/task_catalog.hpp"
#include "agent/workspace.hpp"

#include <unistd.h>

namespace vc::agent {

namespace {

constexpr std::string_view kUpAndErase = "\033[A\r\033[K";

std::vector<MenuTask> tasks_to_choose(const Config& config, const Workspace& workspace) {
  const TaskCatalog catalog(config, workspace);
  std::vector<MenuTask> out;
  for (const std::string& name : catalog.names()) {
    MenuTask task{.name = name, .description = {}};
    for (const Package& package : workspace.packages) {
      if (!catalog.has(package.id, name)) {
        continue;
      }
      ++task.packages;
      const TaskDefinition* definition = catalog.definition(package.id, name);
      if (task.description.empty() && definition != nullptr) {
        task.description = definition->description;
      }
    }
    if (task.packages > 0) {
      out.push_back(std::move(task));
    }
  }
  return out;
}

// The menu on the screen, each line ended, the cursor below.
class DrawnMenu {
 public:
  explicit DrawnMenu(CommandContext& context) : context_(context) {}

  void draw(const TaskMenu& menu) {
    erase();
    for (const std::string& line : menu.lines(context_.terminal.size())) {
      context_.out << line << '\n';
      ++lines_;
    }
    context_.out.flush();
  }

  void erase() {
    for (; lines_ > 0; --lines_) {
      context_.out << kUpAndErase;
    }
    context_.out.flush();
  }

 private:
  CommandContext& context_;
  std::size_t lines_ = 0;
};

std::expected<std::string, int> chosen_by_keys(TaskMenu& menu, Keyboard& keyboard,
                                               DrawnMenu& drawn) {
  const auto left = [](int signal) { return std::unexpected(exit_code_of_signal(signal)); };
  for (;;) {
    drawn.draw(menu);
    const KeyboardEvent event = keyboard.wait();
    if (event.signal != 0) {
      return left(event.signal);
    }
    if (event.is_closed) {
      return left(SIGHUP);
    }
    for (const Key& key : event.keys) {
      if (key.kind == KeyKind::interrupt) {
        return left(SIGINT);
      }
      if (key.kind == KeyKind::escape) {
        return std::unexpected(to_int(ExitCode::usage));
      }
      if (key.kind == KeyKind::enter && menu.marked() != nullptr) {
        return menu.marked()->name;
      }
      menu.press(key);
    }
  }
}

}  // namespace

std::expected<std::vector<std::string>, int> pick_task(OutputFormat format,
                                                       CommandContext& context) {
  const auto usage = std::unexpected(to_int(ExitCode::usage));
  const bool can_draw = context.environment.find("TERM").value_or("dumb") != "dumb";
  if (!context.terminal.is_terminal || !context.terminal.has_keyboard || !can_draw ||
      format == OutputFormat::json) {
    return {};
  }
  const auto here = find_here(context);
  if (!here) {
    return usage;
  }
  const auto config = load_config(here->config_file, context.environment);
  if (!config) {
    context.err << render(config.error());
    return usage;
  }
  const auto workspace = discover_workspace(*config);
  if (!workspace) {
    context.err << render(workspace.error());
    return usage;
  }
  std::vector<MenuTask> tasks = tasks_to_choose(*config, *workspace);
  if (tasks.empty()) {
    return {};
  }
  TaskMenu menu(std::move(tasks));
  DrawnMenu drawn(context);
  auto keyboard = Keyboard::open(STDIN_FILENO);
  if (!keyboard) {
    return {};
  }
  auto chosen = chosen_by_keys(menu, **keyboard, drawn);
  drawn.erase();
  if (!chosen) {
    return std::unexpected(chosen.error());
  }
  return std::vector{*std::move(chosen)};
}

}  // namespace vc::agent
