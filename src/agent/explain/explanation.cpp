#include "agent/explain/explanation.hpp"

#include "agent/graph_view/drawn_graph.hpp"
#include "agent/key_json.hpp"
#include "agent/output_path.hpp"
#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kKeyDigits = 16;

std::string_view verdict_of(Place place) {
  switch (place) {
    case Place::current:
      return "is up to date";
    case Place::local:
      return "would be a CACHE HIT (local)";
    case Place::remote:
      return "would be a CACHE HIT (remote)";
    case Place::no_command:
      return "runs nothing";
    case Place::deferred:
      return "is deferred";
    case Place::never_cached:
    case Place::nowhere:
      break;
  }
  return "would run";
}

std::string because(const Explanation& explanation) {
  if (explanation.place == Place::never_cached) {
    return "it is never cached (cache: false)";
  }
  if (!explanation.before) {
    return "no earlier run of it is known here";
  }
  if (explanation.cause) {
    const std::string text = sentence(*explanation.cause);
    return explanation.place == Place::deferred && !explanation.cause->difference.now.empty()
               ? text + "; its key is known when its dependencies are done"
               : text;
  }
  if (explanation.place == Place::nowhere) {
    return explanation.before->result == NotedResult::failed
               ? "it failed the last time, and nothing has changed since"
               : "nothing has changed since the last run, but its result is in no cache";
  }
  return "nothing has changed since the last run here";
}

std::string ago(TimePoint then, TimePoint now) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count();
  return duration_text(static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0))) + " ago";
}

// Values may be shown where they are neither a secret nor a digest nobody wants to read.
bool shows_values(IngredientKind kind) {
  using enum IngredientKind;
  return kind == definition || kind == tool || kind == platform || kind == version ||
         kind == dependency || kind == input || kind == manifest || kind == lockfile ||
         kind == global_input || kind == dependency_outputs;
}

void write_cause(wire::JsonWriter& json, std::string_view member, const Cause& cause) {
  json.name(member);
  json.open('{');
  json.member("sentence", sentence(cause));
  json.member("task", cause.label);
  json.member("kind", name_of(cause.difference.kind));
  json.member("name", cause.difference.name);
  json.member("change", name_of(cause.difference.change));
  json.name("through");
  json.open('[');
  for (const std::string& label : cause.through) {
    json.text(label);
  }
  json.close(']');
  json.close('}');
}

void write_difference(wire::JsonWriter& json, const ExplainedDifference& explained) {
  const Difference& difference = explained.difference;
  json.open('{');
  json.member("kind", name_of(difference.kind));
  json.member("name", difference.name);
  json.member("change", name_of(difference.change));
  json.member("text", explained.text);
  if (shows_values(difference.kind)) {
    json.member("before", difference.before);
    json.member("now", difference.now);
  }
  json.close('}');
}

// A dependency's own cause, where it is known.
std::string text_of(const Difference& difference, const TaskNotes& before, const TaskNotes& now,
                    const NotesLookup& lookup) {
  std::string text = describe(difference, "");
  if (difference.kind != IngredientKind::dependency) {
    return text;
  }
  TaskNotes only_before{.label = before.label, .key = before.key};
  TaskNotes only_now{.label = now.label, .key = now.key};
  const auto add = [&](TaskNotes& notes, const std::string& value) {
    if (!value.empty()) {
      notes.ingredients.push_back(
          {.kind = difference.kind, .name = difference.name, .value = value});
    }
  };
  add(only_before, difference.before);
  add(only_now, difference.now);
  const auto cause = root_cause(only_before, only_now, lookup);
  return !cause || cause->through.empty()
             ? text
             : fmt::format("{}: {}", text, describe(cause->difference, cause->directory));
}

}  // namespace

Explanation explain(TaskId task, const RunContext& run, Place place, const RunMemory& memory) {
  Explanation out{.label = run.node(task).label, .key = run.key(task), .place = place};
  out.before = memory.store().last(out.label);
  if (!out.before) {
    return out;
  }
  const NotesLookup lookup = memory.lookup();
  const TaskNotes now = memory.notes(task);
  out.cause = root_cause(*out.before, now, lookup);
  for (Difference& difference : differences(*out.before, now)) {
    name_outputs(difference, *out.before, now, lookup);
    std::string text = text_of(difference, *out.before, now, lookup);
    out.differences.push_back({.difference = std::move(difference), .text = std::move(text)});
  }
  if (!out.cause) {
    if (const auto earlier = memory.store().other_than(out.label, now.key)) {
      out.earlier_cause = root_cause(*earlier, now, lookup);
    }
  }
  return out;
}

std::string sentence(const Explanation& explanation) {
  return fmt::format("{} {}: {}", printable(explanation.label), verdict_of(explanation.place),
                     because(explanation));
}

std::string render(const Explanation& explanation, std::size_t lines_max, TimePoint now) {
  std::string out = sentence(explanation) + "\n";
  if (!explanation.before) {
    return out;
  }
  if (explanation.differences.empty()) {
    out +=
        fmt::format("  its key is {} since a run {}\n", explanation.key.hex().substr(0, kKeyDigits),
                    ago(explanation.before->time, now));
    if (explanation.earlier_cause) {
      out += fmt::format("  that run did it because {}\n", sentence(*explanation.earlier_cause));
    }
    return out;
  }
  out += fmt::format("  compared with the key of a run {}: {} -> {}\n",
                     ago(explanation.before->time, now),
                     explanation.before->key.hex().substr(0, kKeyDigits),
                     explanation.key.hex().substr(0, kKeyDigits));
  const std::size_t shown = std::min(lines_max, explanation.differences.size());
  for (std::size_t i = 0; i < shown; ++i) {
    out += fmt::format("  * {}\n", explanation.differences[i].text);
  }
  if (shown < explanation.differences.size()) {
    out +=
        fmt::format("  and {} more (--all shows them)\n", explanation.differences.size() - shown);
  }
  return out;
}

void write_json(wire::JsonWriter& json, const Explanation& explanation) {
  json.open('{');
  json.member("task", explanation.label);
  write_key(json, explanation.key);
  json.member("state", json_name_of(explanation.place));
  json.member("sentence", sentence(explanation));
  if (explanation.before) {
    json.name("compared_with");
    json.open('{');
    json.member("run", "last");
    json.member("key", explanation.before->key.hex());
    json.member("time_ms",
                static_cast<std::uint64_t>(explanation.before->time.time_since_epoch().count()));
    json.member("result", explanation.before->result == NotedResult::failed ? "failed" : "good");
    json.close('}');
  }
  if (explanation.cause) {
    write_cause(json, "cause", *explanation.cause);
  }
  if (explanation.earlier_cause) {
    write_cause(json, "earlier_cause", *explanation.earlier_cause);
  }
  json.name("differences");
  json.open('[');
  for (const ExplainedDifference& difference : explanation.differences) {
    write_difference(json, difference);
  }
  json.close(']');
  json.close('}');
}

}  // namespace vc::agent
