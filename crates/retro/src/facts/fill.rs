//! Facts from two files.

use super::{Facts, FactsError, Mark, check};

impl Facts {
    /// Fills in title, agent and points that this file does not tell from another one. Statements name the file that
    /// an entry comes from.
    ///
    /// # Errors
    /// Where the two together contradict each other.
    pub fn fill_from(mut self, other: Facts) -> Result<Facts, FactsError> {
        let Facts { title, agent, file, .. } = other;
        self.title = self.title.or(title);
        self.agent = self.agent.or(agent);
        let mut filled = Vec::new();
        let points: [(&'static str, &mut Option<Mark>, Option<Mark>); 7] = [
            ("first_wrong_step", &mut self.first_wrong_step, other.first_wrong_step),
            ("earliest_signal", &mut self.earliest_signal, other.earliest_signal),
            ("alerted", &mut self.alerted, other.alerted),
            ("reported", &mut self.reported, other.reported),
            ("aware", &mut self.aware, other.aware),
            ("contained", &mut self.contained, other.contained),
            ("resolved", &mut self.resolved, other.resolved),
        ];
        for (name, mine, theirs) in points {
            if !mine.as_ref().is_some_and(Mark::is_told) && theirs.is_some() {
                *mine = theirs;
                filled.push(name);
            }
        }
        check::check(&self).map_err(|what| FactsError::new(&format!("{file} with {}", self.file), what))?;
        self.filled = Some((file, filled));
        Ok(self)
    }

    /// The file that an entry such as `reported.at` stands in.
    pub(super) fn file_of(&self, entry: &str) -> &str {
        let point = entry.split('.').next().unwrap_or_default();
        match &self.filled {
            Some((file, points)) if points.contains(&point) => file,
            _ => &self.file,
        }
    }
}
