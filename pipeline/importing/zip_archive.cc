#include "pipeline/importing/zip_archive.h"

#include <zip.h>

#include <vector>

#include "pipeline/base/errors.h"
#include "pipeline/base/joined.h"

namespace scorefem::importing {
namespace {

class MemberStream : public ByteStream {
 public:
  MemberStream(std::shared_ptr<zip> archive, const std::string& path, const std::string& member)
      : archive_(std::move(archive)),
        name_(path + ": " + member),
        file_(zip_fopen(archive_.get(), member.c_str(), 0), zip_fclose) {
    if (!file_) throw base::InputError(name_ + ": " + zip_strerror(archive_.get()));
    zip_stat_t about;
    stored_ = zip_stat(archive_.get(), member.c_str(), 0, &about) == 0 &&
              (about.valid & ZIP_STAT_COMP_METHOD) != 0 && about.comp_method == ZIP_CM_STORE;
  }
  std::size_t read(void* to, std::size_t n) override {
    std::size_t done = 0;
    while (done < n) {
      const zip_int64_t got = zip_fread(file_.get(), static_cast<char*>(to) + done, n - done);
      if (got < 0) throw base::InputError(name_ + ": cannot be unpacked: " + zip_file_strerror(file_.get()));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  bool seek(std::uint64_t position) override {
    if (!stored_) return false;
    if (!verified_) {
      std::vector<char> passed(1 << 20);
      while (read(passed.data(), passed.size()) > 0) continue;  // the checksum is compared at the end
      verified_ = true;
    }
    if (zip_fseek(file_.get(), static_cast<zip_int64_t>(position), SEEK_SET) == 0) return true;
    throw base::InputError(name_ + ": ends too early; it was cut off, or is not what it says");
  }
  std::string name() const override { return name_; }

 private:
  std::shared_ptr<zip> archive_;
  std::string name_;
  std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file_;
  bool stored_ = false;    // without compression: bytes stand where they are in the file
  bool verified_ = false;  // against its checksum
};

}  // namespace

ZipArchive::ZipArchive(const std::string& path) : path_(path) {
  int code = 0;
  archive_ = std::shared_ptr<zip>(zip_open(path.c_str(), ZIP_RDONLY, &code), [](zip* open) {
    if (open != nullptr) zip_discard(open);
  });
  if (archive_) return;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw base::InputError(path + ": not a zip file (.npz), or cut off: " + reason);
}

bool ZipArchive::contains(const std::string& member) const {
  return zip_name_locate(archive_.get(), member.c_str(), 0) >= 0;
}

std::string ZipArchive::members() const {
  std::vector<std::string> names;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive_.get(), 0); ++i)
    names.emplace_back(zip_get_name(archive_.get(), static_cast<zip_uint64_t>(i), 0));
  return base::joined(names);
}

std::unique_ptr<ByteStream> ZipArchive::open(const std::string& member) const {
  return std::make_unique<MemberStream>(archive_, path_, member);
}

}  // namespace scorefem::importing
