#include "engine/records/question.h"

#include <utility>

namespace pons {

void ask(Book& book, std::int64_t message, const std::string& record, std::string text) {
  Question question;
  question.id = book.new_id();
  question.message = message;
  question.record = record;
  question.text = std::move(text);
  book.note({"question", question.id, "create", record + ": " + question.text});
  book.questions.put(std::move(question));
}

}  // namespace pons
