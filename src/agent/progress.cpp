#include "agent/progress.hpp"

#include "agent/progress/line_assembler.hpp"
#include "agent/progress/live_area.hpp"
#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace vc::agent {

namespace {

constexpr std::size_t kKeyDigitsShown = 16;
constexpr std::size_t kSkippedNamesShown = 10;

std::string short_key(const Digest& key) {
  return key == Digest() ? "without a key" : key.hex().substr(0, kKeyDigitsShown);
}

// GitLab allows letters, digits, `_`, `.` and `-` in the name of a section.
std::string section_name(std::string_view label) {
  std::string name(label);
  std::ranges::replace_if(
      name,
      [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-'; },
      '_');
  return name;
}

LiveOutcome live_outcome(TaskResult result) {
  if (result == TaskResult::hit_local || result == TaskResult::hit_remote) {
    return LiveOutcome::cached;
  }
  return result == TaskResult::failed ? LiveOutcome::failed : LiveOutcome::executed;
}

class TextProgress final : public Progress {
 public:
  TextProgress(const ProgressOptions& options, std::ostream& out, std::ostream& err,
               const Clock& clock)
      : options_(options), out_(out), err_(err), clock_(clock), live_(options.size) {}

  void begin(std::string_view remote, std::size_t tasks) override {
    const std::scoped_lock lock(mutex_);
    live_.begin(tasks, clock_.steady_now());
    line(remote);
  }

  void started(std::string_view label, const Digest& key, std::string_view reason) override {
    const std::scoped_lock lock(mutex_);
    Task& task = tasks_[std::string(label)];
    live_.started(label, clock_.steady_now());
    const std::string status = fmt::format("{} {}{}{}", painted(kYellow, "CACHE MISS"),
                                           short_key(key), reason.empty() ? "" : ", ", reason);
    if (is_grouped()) {
      task.title = status;
    } else if (shows_status()) {
      labelled(label, status);
    }
  }

  void verifying(std::string_view label, const Digest& key) override {
    const std::scoped_lock lock(mutex_);
    live_.started(label, clock_.steady_now());
    if (!is_grouped() && shows_status()) {
      labelled(label, fmt::format("VERIFY {}, run again to compare", short_key(key)));
    }
  }

  void output(std::string_view label, OutputStream stream, std::string_view bytes) override {
    const std::scoped_lock lock(mutex_);
    if (options_.logs == OutputLogs::full || options_.logs == OutputLogs::new_only) {
      show(label, stream, bytes);
    }
  }

  void remark(std::string_view label, std::string_view text) override {
    const std::scoped_lock lock(mutex_);
    Task& task = tasks_[std::string(label)];
    const auto emit = [&](std::string_view rest) { log_line(label, task, rest); };
    task.out.finish(emit);
    task.err.finish(emit);
    if (is_grouped()) {
      log_line(label, task, text);
    } else if (shows_status()) {
      labelled(label, text);
    }
  }

  void hit(const TaskReport& report, std::string_view log) override {
    const std::scoped_lock lock(mutex_);
    const std::string status = fmt::format(
        "{} {}, saved {}{}{}",
        painted(kGreen, report.result == TaskResult::hit_remote ? "CACHE HIT (remote)"
                                                                : "CACHE HIT (local)"),
        short_key(report.key), duration_text(report.duration_ms),
        report.is_restored ? "" : ", not restored: nothing needs it", verified_text(report));
    if (is_grouped()) {
      tasks_[report.label].title = status;
    } else if (shows_status()) {
      labelled(report.label, status);
    }
    if (options_.logs == OutputLogs::full) {
      // A log that does not parse was refused where the artifact was read.
      static_cast<void>(replay_log(log, [&](OutputStream stream, auto, std::string_view bytes) {
        show(report.label, stream, bytes);
      }));
    }
    close(report);
  }

  void finished(const TaskReport& report) override {
    const std::scoped_lock lock(mutex_);
    if (report.result == TaskResult::failed) {
      failures_.push_back(report);
    } else if (report.result == TaskResult::skipped) {
      skipped_.push_back(report.label);
    }
    close(report);
  }

  void notice(Severity severity, std::string_view text) override {
    const std::scoped_lock lock(mutex_);
    erase_live();
    out_.flush();
    const bool is_error = severity == Severity::error;
    err_ << painted(is_error ? kRed : kYellow, is_error ? "error" : "warning") << ": " << text
         << '\n';
    err_.flush();
  }

  void waiting(std::string_view text) override {
    const std::scoped_lock lock(mutex_);
    line(text);
  }

  void tick() override {
    const std::scoped_lock lock(mutex_);
    if (options_.style == ProgressStyle::live) {
      out_ << live_.redrawn(clock_.steady_now());
    }
    out_.flush();
  }

  void end(std::string_view summary) override {
    const std::scoped_lock lock(mutex_);
    erase_live();
    if (!skipped_.empty()) {
      line(skipped_text());
    }
    for (const TaskReport& failure : failures_) {
      print_failure(failure);
    }
    line(summary);
    out_.flush();
    failures_.clear();
    skipped_.clear();
  }

  bool is_broken() const override {
    const std::scoped_lock lock(mutex_);
    return !out_.good();
  }

 private:
  static constexpr int kRed = 31;
  static constexpr int kGreen = 32;
  static constexpr int kYellow = 33;
  static constexpr int kCyan = 36;

  struct Task {
    LineAssembler out;
    LineAssembler err;
    std::string title;  // Of the group.
    std::string group;  // What is in it.
  };

  bool is_grouped() const {
    return options_.style == ProgressStyle::github || options_.style == ProgressStyle::gitlab;
  }

  bool shows_status() const {
    return options_.logs != OutputLogs::none && options_.logs != OutputLogs::errors_only;
  }

  std::string painted(int colour, std::string_view text) const {
    return options_.colour == Colour::on ? fmt::format("\033[{}m{}\033[0m", colour, text)
                                         : std::string(text);
  }

  void erase_live() {
    if (options_.style == ProgressStyle::live) {
      out_ << live_.erased();
    }
  }

  void line(std::string_view text) {
    erase_live();
    out_ << text << '\n';
  }

  void labelled(std::string_view label, std::string_view text) {
    erase_live();
    out_ << painted(kCyan, label) << ": " << text << '\n';
  }

  void show(std::string_view label, OutputStream stream, std::string_view bytes) {
    Task& task = tasks_[std::string(label)];
    LineAssembler& lines = stream == OutputStream::out ? task.out : task.err;
    lines.feed(bytes, [&](std::string_view text) { log_line(label, task, text); });
  }

  void log_line(std::string_view label, Task& task, std::string_view text) {
    if (is_grouped()) {
      (task.group += text) += '\n';
    } else if (text.starts_with("::")) {
      line(text);  // A command to the CI system, which it would not see behind a prefix.
    } else {
      labelled(label, text);
    }
  }

  void close(const TaskReport& report) {
    live_.finished(report.label, live_outcome(report.result));
    const auto found = tasks_.find(report.label);
    if (found == tasks_.end()) {
      return;
    }
    Task& task = found->second;
    const auto emit = [&](std::string_view text) { log_line(report.label, task, text); };
    task.out.finish(emit);
    task.err.finish(emit);
    if (is_grouped() && report.result != TaskResult::failed) {
      print_group(report, task);
    }
    if (!is_grouped() && shows_status()) {
      if (report.result == TaskResult::succeeded && report.is_persistent) {
        labelled(report.label, "ended");
      } else if (report.result == TaskResult::succeeded) {
        labelled(report.label,
                 "done in " + duration_text(report.duration_ms) + attempts_text(report));
      } else if (report.result == TaskResult::failed) {
        labelled(report.label, failure_text(report));
      } else if (report.result == TaskResult::interrupted) {
        labelled(report.label, painted(kYellow, "interrupted"));
      }
    }
    tasks_.erase(found);
  }

  void print_group(const TaskReport& report, const Task& task) {
    if (!shows_status()) {
      return;
    }
    const std::string title =
        fmt::format("{}: {}{}", report.label, task.title, attempts_text(report));
    if (task.group.empty()) {
      line(title);  // An empty group would only be one more thing to click.
    } else if (options_.style == ProgressStyle::github) {
      out_ << "::group::" << title << '\n' << task.group << "::endgroup::\n";
    } else {
      const auto now =
          std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
      const std::string name = section_name(report.label);
      out_ << fmt::format("\033[0Ksection_start:{}:{}[collapsed=true]\r\033[0K{}\n", now, name,
                          title)
           << task.group << fmt::format("\033[0Ksection_end:{}:{}\r\033[0K\n", now, name);
    }
  }

  std::string failure_text(const TaskReport& report) const {
    // How long it took to time out is said already.
    const std::string after = report.cause == FailureCause::timeout || report.is_persistent
                                  ? std::string()
                                  : " after " + duration_text(report.duration_ms);
    return fmt::format("{}: {}{}{}", painted(kRed, "FAILED"), report.why, after,
                       attempts_text(report));
  }

  std::string verified_text(const TaskReport& report) const {
    if (!report.verification) {
      return {};
    }
    switch (report.verification->outcome) {
      case VerifyOutcome::same:
        return ", verified";
      case VerifyOutcome::not_compared:
        return ", not verified: " + report.verification->why;
      case VerifyOutcome::differs:
      case VerifyOutcome::failed:
        break;
    }
    return ", " + painted(kRed, "NOT REPRODUCED");
  }

  static std::string attempts_text(const TaskReport& report) {
    return report.attempts > 1 ? fmt::format(" ({} attempt)", ordinal_text(report.attempts)) : "";
  }

  void print_failure(const TaskReport& report) {
    labelled(report.label, failure_text(report));
    if (options_.logs != OutputLogs::none) {
      bool ends_line = true;
      static_cast<void>(replay_log(report.log, [&](OutputStream, auto, std::string_view bytes) {
        out_ << bytes;
        ends_line = bytes.ends_with('\n');
      }));
      if (!ends_line) {
        out_ << '\n';
      }
    }
    if (!report.withheld_variables.empty()) {
      std::string names;
      for (const std::string& name : report.withheld_variables) {
        names += (names.empty() ? "" : ", ") + name;
      }
      line("note: set here but withheld from the task: " + names +
           " (name it under `env` or `pass_env` to pass it)");
    }
  }

  std::string skipped_text() const {
    std::string names;
    const std::size_t shown = std::min(kSkippedNamesShown, skipped_.size());
    for (std::size_t i = 0; i < shown; ++i) {
      names += (i == 0 ? "" : ", ") + skipped_[i];
    }
    return fmt::format("not run: {}{}", names,
                       shown < skipped_.size()
                           ? fmt::format(" and {} more", skipped_.size() - shown)
                           : std::string());
  }

  ProgressOptions options_;
  std::ostream& out_;
  std::ostream& err_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  LiveArea live_;
  std::map<std::string, Task, std::less<>> tasks_;
  std::vector<TaskReport> failures_;
  std::vector<std::string> skipped_;
};

}  // namespace

std::unique_ptr<Progress> make_progress(const ProgressOptions& options, std::ostream& out,
                                        std::ostream& err, const Clock& clock) {
  return std::make_unique<TextProgress>(options, out, err, clock);
}

}  // namespace vc::agent
