#include "agent/fingerprint/canonical_encoding.hpp"
#include "agent/fingerprint/file_hasher.hpp"
#include "agent/fingerprint/input_scanner.hpp"
#include "agent/fingerprint/parallel_for.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace vc::agent {

namespace {

// One file each would have the threads meet at the counter all the time.
constexpr std::size_t kFilesPerTurn = 32;

struct Unhashed {
  std::uint32_t package;
  InputId id;
};

// What a reader found that the tables cannot hold.
struct Loss {
  Unhashed file;
  std::optional<ScanProblem> problem;  // Without one, the file is gone.
};

std::vector<Unhashed> collect(const std::vector<PackageInputs>& packages) {
  std::vector<Unhashed> files;
  for (std::uint32_t package = 0; package < packages.size(); ++package) {
    for (const InputId id : packages[package].unhashed) {
      files.push_back({package, id});
    }
  }
  return files;
}

std::optional<Loss> hash_one(int root_fd, PackageInputs& inputs, Unhashed file, FileIndex& index,
                             FileHasher& hasher) {
  const std::string path = inputs.table.workspace_path(file.id);
  const auto hashed = hasher.hash(root_fd, path, index);
  if (!hashed) {
    return Loss{.file = file,
                .problem = ScanProblem{.kind = ScanProblem::Kind::unreadable,
                                       .path = path,
                                       .message = hashed.error().message}};
  }
  const std::optional<HashedFile>& found = *hashed;
  if (!found) {
    return Loss{.file = file, .problem = std::nullopt};
  }
  inputs.table.set(file.id, found->stamp, found->digest);
  return std::nullopt;
}

void drop(PackageInputs& inputs, InputId id) {
  for (SelectedInputs& selected : inputs.selected) {
    std::erase(selected.files, id);
  }
  std::erase(inputs.lockfiles, id);
  for (std::optional<InputId>& certain : inputs.certain_files) {
    if (certain == id) {
      certain.reset();
    }
  }
}

void read_unhashed(int root_fd, std::vector<PackageInputs>& packages, FileIndex& index,
                   unsigned threads) {
  const std::vector<Unhashed> files = collect(packages);
  std::vector<FileHasher> hashers(std::max(1U, threads));
  std::mutex mutex;
  std::vector<Loss> losses;
  const std::size_t turns = (files.size() + kFilesPerTurn - 1) / kFilesPerTurn;
  parallel_for(turns, threads, [&](std::size_t turn, unsigned worker) {
    const std::size_t end = std::min(files.size(), (turn + 1) * kFilesPerTurn);
    for (std::size_t i = turn * kFilesPerTurn; i < end; ++i) {
      auto loss = hash_one(root_fd, packages[files[i].package], files[i], index, hashers[worker]);
      if (loss) {
        const std::lock_guard lock(mutex);
        losses.push_back(*std::move(loss));
      }
    }
  });
  for (Loss& loss : losses) {
    PackageInputs& inputs = packages[loss.file.package];
    drop(inputs, loss.file.id);
    if (loss.problem) {
      inputs.problems.push_back(*std::move(loss.problem));
    }
  }
  for (PackageInputs& inputs : packages) {
    inputs.unhashed = {};
  }
}

void digest_lists(PackageInputs& inputs, CanonicalEncoding& encoding) {
  for (SelectedInputs& selected : inputs.selected) {
    encoding.clear();
    for (const InputId id : selected.files) {
      encoding.add(IngredientKind::input, inputs.table.path(id),
                   described_file(inputs.table.row(id)));
    }
    selected.digest = encoding.digest();
  }
}

}  // namespace

void hash_inputs(int root_fd, std::vector<PackageInputs>& packages, FileIndex& index,
                 unsigned threads) {
  read_unhashed(root_fd, packages, index, threads);
  std::vector<CanonicalEncoding> encodings(std::max(1U, threads));
  parallel_for(packages.size(), threads, [&](std::size_t package, unsigned worker) {
    digest_lists(packages[package], encodings[worker]);
  });
}

}  // namespace vc::agent
