#include "storage/key_files.hpp"

#include "core/signature.hpp"
#include "storage/staged_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>

namespace vc::storage {

namespace {

constexpr mode_t kModeOfOthers = S_IRWXG | S_IRWXO;
constexpr std::size_t kKeyBytesMax = 64;

std::string remedy(std::size_t size) {
  return "a key file holds " + std::to_string(2 * size) +
         " lower-case hex digits; make one with: openssl rand -hex " + std::to_string(size);
}

Result<void> check_owner_only(int fd, const fs::path& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) {
    return std::unexpected(errno_error("stat " + path.native()));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::invalid, path.native() + " is not a regular file");
  }
  if ((status.st_mode & kModeOfOthers) != 0) {
    return fail(
        Errc::denied, path.native() + " can be used by others than its owner",
        "a key that others could read must be replaced; if nobody did: chmod 600 " + path.native());
  }
  return {};
}

Result<void> create_key(const fs::path& path, std::size_t size) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  VC_TRY(const UniqueFd directory, open_file(parent, O_RDONLY | O_DIRECTORY));
  VC_TRY(const Staging staging, probe_staging(directory.get()));
  VC_TRY(const StagedFile staged, StagedFile::create(directory.get(), staging));
  const std::string text = hex_encode(random_bytes(size)) + "\n";
  VC_CHECK(write_all(staged.fd(), as_bytes(text)));
  VC_CHECK(sync_to_disk(staged.fd(), path.native()));
  VC_CHECK(staged.link_to(directory.get(), path.filename().native()));  // `exists` is as good.
  return sync_to_disk(directory.get(), parent.native());
}

}  // namespace

Result<Bytes> load_key(const fs::path& path, std::size_t size) {
  VC_TRY(const UniqueFd fd, open_file(path, O_RDONLY | O_NOCTTY | O_NONBLOCK));
  VC_CHECK(check_owner_only(fd.get(), path));
  std::array<std::byte, 2 * kKeyBytesMax + 2> buffer;
  VC_TRY(const std::size_t count, read_up_to(fd.get(), buffer));
  std::string_view text = as_text(ByteView(buffer).first(count));
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  auto key = hex_decode(text);
  if (!key || key->size() != size) {
    return fail(Errc::corrupt, path.native() + " is no key file", remedy(size));
  }
  return *std::move(key);
}

Result<Bytes> load_or_create_key(const fs::path& path, std::size_t size) {
  auto key = load_key(path, size);
  if (key || key.error().code != Errc::not_found) {
    return key;
  }
  if (auto created = create_key(path, size); !created) {
    return std::unexpected(std::move(created).error().within("create " + path.native()));
  }
  return load_key(path, size);
}

}  // namespace vc::storage
