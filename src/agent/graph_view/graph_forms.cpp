#include "agent/graph_view/drawn_graph.hpp"
#include "agent/graph_view/graph_page.hpp"
#include "agent/key_json.hpp"
#include "agent/output_path.hpp"
#include "agent/quantities.hpp"
#include "core/utf8.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

namespace vc::agent {

namespace {

std::string_view colour_of(Place place) {
  switch (place) {
    case Place::current:
    case Place::local:
    case Place::remote:
      return "#cdeedd";
    case Place::never_cached:
      return "#e0ddff";
    case Place::no_command:
      return "#eceff3";
    case Place::deferred:
      return "#fff3c4";
    case Place::nowhere:
      break;
  }
  return "#ffe3c2";
}

std::string_view class_of(Place place) {
  switch (place) {
    case Place::current:
    case Place::local:
    case Place::remote:
      return "hit";
    case Place::never_cached:
      return "never";
    case Place::no_command:
      return "none";
    case Place::deferred:
      return "deferred";
    case Place::nowhere:
      break;
  }
  return "miss";
}

// A quoted string of DOT: only the quote is special, and a backslash begins an escape of Graphviz.
std::string dot_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '"';
}

// Mermaid has no escapes inside of quotes but `#<code point>;`.
std::string mermaid_text(std::string_view text) {
  std::string out = "\"";
  const std::string safe = printable(text);
  for (std::string_view rest = safe; !rest.empty();) {
    const Utf8Character character = first_utf8_character(rest);
    const bool is_plain = character.size > 1 ||
                          std::isalnum(static_cast<unsigned char>(rest.front())) != 0 ||
                          std::string_view(" ._-/@:").contains(rest.front());
    out += is_plain ? std::string(rest.substr(0, character.size))
                    : fmt::format("#{};", static_cast<std::uint32_t>(character.value));
    rest.remove_prefix(character.size);
  }
  return out + '"';
}

std::string with_duration(const DrawnTask& task, std::string_view separator) {
  return task.duration_ms == 0
             ? task.label
             : fmt::format("{}{}{}", task.label, separator, duration_text(task.duration_ms));
}

bool is_critical_edge(const DrawnGraph& graph, TaskId from, TaskId to) {
  const auto found = std::ranges::find(graph.critical_path, to);
  return found != graph.critical_path.end() && found != graph.critical_path.begin() &&
         *std::prev(found) == from;
}

bool is_on_outputs(const DrawnGraph& graph, TaskId from, TaskId to) {
  return std::ranges::binary_search(graph.tasks[to].on_outputs, from);
}

// Dashed, where only what is made counts.
std::string dot_attributes(const DrawnGraph& graph, TaskId from, TaskId to) {
  const bool is_dashed = is_on_outputs(graph, from, to);
  if (is_critical_edge(graph, from, to)) {
    return fmt::format(" [color=\"#d43f3a\", penwidth=2{}]", is_dashed ? ", style=dashed" : "");
  }
  return is_dashed ? " [style=dashed]" : "";
}

std::string_view mermaid_arrow(const DrawnGraph& graph, TaskId from, TaskId to) {
  if (is_critical_edge(graph, from, to)) {
    return "==>";
  }
  return is_on_outputs(graph, from, to) ? "-.->" : "-->";
}

void write_task(wire::JsonWriter& json, const DrawnGraph& graph, const DrawnTask& task) {
  json.open('{');
  json.member("task", task.label);
  json.member("package", task.package);
  write_key(json, task.key);
  json.member("state", json_name_of(task.place));
  json.member("duration_ms", task.duration_ms);
  json.name("requested");
  json.boolean(task.requested);
  json.name("dependencies");
  json.open('[');
  for (const TaskId dependency : task.dependencies) {
    json.text(graph.tasks[dependency].label);
  }
  json.close(']');
  if (!task.on_outputs.empty()) {
    json.name("on_outputs");
    json.open('[');
    for (const TaskId dependency : task.on_outputs) {
      json.text(graph.tasks[dependency].label);
    }
    json.close(']');
  }
  json.close('}');
}

// JSON that may stand inside of a <script>: nothing in it ends the element or begins a comment.
std::string for_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string graph_json(const DrawnGraph& graph) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("title", graph.title);
  json.member("critical_ms", graph.critical_ms);
  json.name("critical_path");
  json.open('[');
  for (const TaskId task : graph.critical_path) {
    json.text(graph.tasks[task].label);
  }
  json.close(']');
  json.name("tasks");
  json.open('[');
  for (const DrawnTask& task : graph.tasks) {
    write_task(json, graph, task);
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

std::string graph_html(const DrawnGraph& graph) {
  std::string page(graph_page());
  const std::string json = graph_json(graph);
  page.replace(page.find(kGraphPlace), kGraphPlace.size(),
               for_script(std::string_view(json).substr(0, json.size() - 1)));
  return page;
}

std::string graph_dot(const DrawnGraph& graph) {
  std::string out = fmt::format(
      "digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", "
      "fontname=\"sans-serif\"];\n",
      dot_text(graph.title));
  for (TaskId task = 0; task < graph.tasks.size(); ++task) {
    const DrawnTask& node = graph.tasks[task];
    out += fmt::format("  n{} [label={}, fillcolor=\"{}\", tooltip=\"{}\"];\n", task,
                       dot_text(with_duration(node, ", ")), colour_of(node.place),
                       json_name_of(node.place));
  }
  for (TaskId task = 0; task < graph.tasks.size(); ++task) {
    for (const TaskId dependency : graph.tasks[task].dependencies) {
      out += fmt::format("  n{} -> n{}{};\n", dependency, task,
                         dot_attributes(graph, dependency, task));
    }
  }
  return out + "}\n";
}

std::string graph_mermaid(const DrawnGraph& graph) {
  std::string out = "flowchart LR\n";
  for (TaskId task = 0; task < graph.tasks.size(); ++task) {
    const DrawnTask& node = graph.tasks[task];
    out += fmt::format("  n{}[{}]:::{}\n", task, mermaid_text(with_duration(node, ", ")),
                       class_of(node.place));
  }
  for (TaskId task = 0; task < graph.tasks.size(); ++task) {
    for (const TaskId dependency : graph.tasks[task].dependencies) {
      out +=
          fmt::format("  n{} {} n{}\n", dependency, mermaid_arrow(graph, dependency, task), task);
    }
  }
  return out +
         "  classDef hit fill:#cdeedd,stroke:#1f9d61,color:#1c2330\n"
         "  classDef miss fill:#ffe3c2,stroke:#d9822b,color:#1c2330\n"
         "  classDef never fill:#e0ddff,stroke:#7a6ff0,color:#1c2330\n"
         "  classDef deferred fill:#fff3c4,stroke:#b7950b,color:#1c2330\n"
         "  classDef none fill:#eceff3,stroke:#98a2b3,color:#1c2330\n";
}

}  // namespace vc::agent
