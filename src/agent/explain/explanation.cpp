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

std::string commits_text(std::size_t count) {
  return count == 1 ? "commit" : fmt::format("{} commits", count);
}

std::string unknown_text(const Explanation& explanation) {
  std::string text = "no earlier run of it is known here";
  if (explanation.commits_asked > 0) {
    text += fmt::format(", nor has a trusted run at the last {} left notes of it{}",
                        commits_text(explanation.commits_asked),
                        explanation.is_shallow
                            ? " (the clone is shallow: `git fetch --deepen=50` brings more)"
                            : "");
  }
  return text;
}

// "the last run here", "the run at commit 0123456789ab"
std::string run_text(const Explanation& explanation) {
  return explanation.shared
             ? "the run at commit " + explanation.shared->commit.substr(0, kCommitDigits)
             : "the last run here";
}

// "3 commits back, trusted scope default"
std::string where_text(const SharedRun& shared) {
  const std::string back = shared.commits_back == 0
                               ? "which is HEAD"
                               : fmt::format("{} commit{} back", shared.commits_back,
                                             shared.commits_back == 1 ? "" : "s");
  return fmt::format("{}, trusted scope {}", back, printable(shared.scope));
}

std::string because(const Explanation& explanation) {
  if (explanation.place == Place::never_cached) {
    return "it is never cached (cache: false)";
  }
  if (!explanation.before) {
    return unknown_text(explanation);
  }
  if (explanation.cause) {
    const std::string text = sentence(*explanation.cause);
    return explanation.place == Place::deferred && !explanation.cause->difference.now.empty()
               ? text + "; its key is known when its dependencies are done"
               : text;
  }
  if (explanation.place == Place::nowhere) {
    if (explanation.before->result == NotedResult::failed) {
      return explanation.shared ? fmt::format("it failed in {}, and nothing has changed since",
                                              run_text(explanation))
                                : "it failed the last time, and nothing has changed since";
    }
    return fmt::format("nothing has changed since {}, but its result is in no cache",
                       explanation.shared ? run_text(explanation) : "the last run");
  }
  return "nothing has changed since " + run_text(explanation);
}

std::string ago(TimePoint then, TimePoint now) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count();
  return duration_text(static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0))) + " ago";
}

// "a run 3 m ago", "commit 0123456789ab (3 commits back, trusted scope
// default), run 3 m ago"
std::string compared_run(const Explanation& explanation, TimePoint then, TimePoint now) {
  const std::string when = "run " + ago(then, now);
  if (!explanation.shared) {
    return "a " + when;
  }
  return fmt::format("commit {} ({}), {}", explanation.shared->commit.substr(0, kCommitDigits),
                     where_text(*explanation.shared), when);
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

Explanation explain(TaskId task, const RunContext& run, Place place, const RunMemory& memory,
                    RemoteNotes* remote) {
  Explanation out{.label = run.node(task).label, .key = run.key(task), .place = place};
  const TaskNotes now = memory.notes(task);
  NotesLookup lookup = memory.lookup();
  if (remote != nullptr) {
    out.commits_asked = remote->commits();
    out.is_shallow = remote->is_shallow();
    if (auto found = remote->nearest(now, run.node(task).name)) {
      out.before = std::move(found->notes);
      out.shared = std::move(found->run);
      lookup = [local = std::move(lookup), remote, commit = found->commit](std::string_view label,
                                                                           const Digest& key) {
        auto notes = local(label, key);
        return notes ? notes : remote->find(commit, label, key);
      };
    }
  }
  if (!out.before) {
    out.before = memory.store().last(out.label);
  }
  if (!out.before) {
    return out;
  }
  out.cause = root_cause(*out.before, now, lookup);
  for (Difference& difference : differences(*out.before, now)) {
    name_outputs(difference, *out.before, now, lookup);
    std::string text = text_of(difference, *out.before, now, lookup);
    out.differences.push_back({.difference = std::move(difference), .text = std::move(text)});
  }
  if (!out.cause && !out.shared) {
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
    out += fmt::format("  its key is {} since {}\n", explanation.key.hex().substr(0, kKeyDigits),
                       compared_run(explanation, explanation.before->time, now));
    if (explanation.earlier_cause) {
      out += fmt::format("  that run did it because {}\n", sentence(*explanation.earlier_cause));
    }
    return out;
  }
  out += fmt::format("  compared with {}{}: {} -> {}\n", explanation.shared ? "" : "the key of ",
                     compared_run(explanation, explanation.before->time, now),
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
    json.member("run", explanation.shared ? "remote" : "last");
    if (explanation.shared) {
      json.member("commit", explanation.shared->commit);
      json.member("commits_back", std::uint64_t{explanation.shared->commits_back});
      json.member("scope", explanation.shared->scope);
    }
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
