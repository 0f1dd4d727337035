//! Spans, times of day and days that the sources name, and what follows from them.

use super::sources::{Source, Sources};
use crate::values::typed::span::{self, Span};
use crate::values::typed::tokens::{self, Token};
use crate::values::typed::words::TimeUnit;
use crate::values::typed::{clock, day};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// No more numbers, times and days of each kind are kept.
const MOST: usize = 400;

/// What the sources before an event name; grows with the session.
#[derive(Debug, Default)]
pub struct Known {
    upto: u32,
    /// Whole numbers that stand alone, in digits or as words.
    numbers: BTreeSet<i64>,
    /// Times of day in minutes.
    clocks: BTreeSet<i64>,
    dates: BTreeSet<Date>,
    /// Spans that are named as such, in minutes.
    spans: BTreeSet<i64>,
    /// True where a source speaks of a zone, so that any time may be another one's.
    zoned: bool,
}

impl Known {
    /// Takes in the sources up to an event; events must come in order.
    pub fn advance(&mut self, sources: &Sources<'_>, event: u32) {
        for source in sources.between(self.upto, event) {
            self.read(source);
        }
        self.upto = self.upto.max(event);
    }

    fn read(&mut self, source: &Source<'_>) {
        let tokens = tokens::tokens(source.text);
        let (days, clocks) = (source.iso_days(), source.clocks());
        self.zoned |= clocks.iter().any(|c| c.utc) || ["utc", "gmt", "/"].iter().any(|z| zone_mark(source.lower(), z));
        self.dates.extend(days.iter().filter_map(|d| Date::new(d.year?, d.month, d.day).ok()).take(MOST));
        self.dates
            .extend(day::named(&tokens).iter().filter_map(|d| Date::new(d.year?, d.month, d.day).ok()).take(MOST));
        self.spans.extend(
            span::spans(&tokens).iter().flat_map(|s| [s.minutes(), s.minutes() / s.most.max(1) * s.least]).take(MOST),
        );
        self.clocks.extend(clock::hours(&tokens).into_iter().map(|c| c.minute).take(MOST));
        self.clocks.extend(clocks.iter().map(|c| c.minute).take(MOST));
        let taken = |t: &Token| {
            days.iter()
                .map(|d| &d.range)
                .chain(clocks.iter().map(|c| &c.range))
                .any(|r| r.start <= t.range.start && t.range.start < r.end)
        };
        for (at, token) in tokens.iter().enumerate() {
            let Some(number) = span::whole(token) else { continue };
            // A part of a longer number or of an ID is no number.
            let glued = token.number().is_some() && {
                let near = |i: Option<usize>, next: Option<usize>| {
                    let joins = i.and_then(|i| tokens.get(i)).is_some_and(|t| t.is('-') || t.is('/') || t.is(':'));
                    joins && next.and_then(|i| tokens.get(i)).is_some_and(|t| t.number().is_some())
                };
                near(at.checked_sub(1), at.checked_sub(2)) || near(Some(at + 1), Some(at + 2))
            };
            if self.numbers.len() < 4 * MOST && (1..1_000_000_000).contains(&number) && !glued && !taken(token) {
                self.numbers.insert(number);
            }
        }
        // A range of numbers joined by a hyphen is named all the same: "5-7 days".
        for span in span::spans(&tokens) {
            self.numbers.extend([span.least, span.most]);
        }
    }

    /// True for a span that a source gives, in whatever unit, or that lies between two days or times of day.
    ///
    /// `told` are days that the message itself tells, and that are judged for themselves.
    pub fn explains(&self, span: &Span, told: &[Date]) -> bool {
        let one = |n: i64| {
            let same = Span::same(n, span.unit);
            same.iter().any(|s| self.numbers.contains(s))
                || self.between_days(n, span.unit, told)
                || self.between_times(n, span.unit)
        };
        one(span.least) && one(span.most) || self.adds_up(span)
    }

    fn between_days(&self, n: i64, unit: TimeUnit, told: &[Date]) -> bool {
        let days = match unit {
            TimeUnit::Day => n,
            TimeUnit::Week => 7 * n,
            TimeUnit::Hour => n / 24,
            TimeUnit::Minute => return false,
            // Nobody counts their days.
            TimeUnit::Month => 30 * n,
            TimeUnit::Year => 365 * n,
        };
        let slack = match unit {
            TimeUnit::Month => 3,
            TimeUnit::Year => 2,
            TimeUnit::Week => 3,
            _ => 1,
        };
        let all: Vec<&Date> = self.dates.iter().take(MOST / 4).collect();
        let apart = |a: &Date, b: &Date| a.until(*b).map_or(0, |s| i64::from(s.get_days()));
        all.iter().enumerate().any(|(i, a)| all[i + 1..].iter().any(|b| (apart(a, b) - days).abs() <= slack))
            || told.iter().any(|t| all.iter().any(|a| (apart(a, t).abs() - days).abs() <= slack))
    }

    fn between_times(&self, n: i64, unit: TimeUnit) -> bool {
        let minutes = match unit {
            TimeUnit::Hour => 60 * n,
            TimeUnit::Minute => n,
            _ => return false,
        };
        self.clocks
            .iter()
            .take(MOST / 4)
            .any(|a| self.clocks.contains(&(a + minutes)) || self.clocks.contains(&(a + minutes - 1440)))
    }

    /// True for the sum or the difference of two spans that are named.
    fn adds_up(&self, span: &Span) -> bool {
        let whole = span.minutes();
        self.spans.iter().take(MOST / 4).any(|a| self.spans.contains(&(whole - a)) || self.spans.contains(&(whole + a)))
    }

    /// True for a time of day that a source gives, that is a known span away from one, or that may be one in another zone.
    pub fn has_clock(&self, minute: i64) -> bool {
        let hour = minute / 60;
        let apart = |c: &i64| (minute - c).rem_euclid(1440).min((c - minute).rem_euclid(1440));
        let half_day = (minute + 720) % 1440;
        self.clocks.contains(&minute)
            || self.clocks.contains(&half_day)
            // "At nine": a number that stands alone may be an hour.
            || (minute % 60 == 0 && [hour, hour % 12, hour + 12].iter().any(|h| self.numbers.contains(h)))
            || self.numbers.contains(&(hour * 100 + minute % 60))
            || self.clocks.iter().any(|c| {
                let apart = apart(c);
                self.spans.contains(&apart) || self.numbers.contains(&apart) || (apart % 60 == 0 && self.numbers.contains(&(apart / 60)))
                    || (self.zoned && apart % 30 == 0 && apart <= 840)
            })
    }
}

/// The days that a text tells with their year.
pub fn dates(text: &str, tokens: &[Token]) -> Vec<Date> {
    let named = day::iso(text).into_iter().chain(day::named(tokens));
    named.filter_map(|d| Date::new(d.year?, d.month, d.day).ok()).take(16).collect()
}

/// True where a text speaks of a zone: UTC, GMT, or a name as in "Europe/Vienna".
fn zone_mark(lower: &str, mark: &str) -> bool {
    if mark != "/" {
        return lower.contains(mark);
    }
    const AREAS: [&str; 8] =
        ["europe/", "america/", "asia/", "africa/", "australia/", "pacific/", "atlantic/", "indian/"];
    AREAS.iter().any(|area| lower.contains(area))
}
