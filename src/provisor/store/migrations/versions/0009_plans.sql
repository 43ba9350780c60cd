-- Plans that wait to be applied, changes on trial, and safeguards of single attributes.
SELECT 1;
