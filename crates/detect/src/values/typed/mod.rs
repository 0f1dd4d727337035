//! Values of a type: spans of time, times of day, days, measures, amounts in a currency. Written differently, they are compared
//! in one form. No reader knows a language; words are data.

pub mod clock;
pub mod day;
pub mod measure;
pub mod money;
pub mod span;
pub mod tokens;
pub mod words;
