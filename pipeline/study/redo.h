#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace scorefem::study {

/// --force, which makes what is up to date again, once: a command that was stopped or killed goes on when it
/// is called again with --force. What its stages have begun and done is kept in a file until the command has
/// ended.
class Redo {
 public:
  enum class State {
    not_asked,  //!< keep what is up to date
    begin,      //!< make the result again; first remove what earlier commands left of it
    go_on       //!< make the result again, from what this command left of it when it was stopped
  };

  /// @param path of the file
  /// @param command what was called, e.g. "train": what another command left does not count
  /// @param asked --force
  Redo(std::string path, std::string command, bool asked);

  /// @param inputs that the stage's result is made from: what was begun for others does not count
  State state(const std::string& stage, const std::string& inputs) const;
  /// What earlier commands left of the stage's result is removed. Does nothing unless asked.
  void begun(const std::string& stage, const std::string& inputs);
  /// The stage's result is whole: from now on it counts as up to date.
  void done(const std::string& stage);
  /// The command has done all.
  void finish();

 private:
  void write() const;

  std::string path_;
  bool asked_;
  nlohmann::json notes_;
};

}  // namespace scorefem::study
