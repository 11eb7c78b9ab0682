/** Words that everybody uses: where letters are run together or stretched, they may be among them. */
export const everydayWords = `a about after again all am an and any are as at away back be because been before being but by call can come could day did do does down each
even every find first for from get give go going good had has have he hello help her here him his home house how i if in into is it its just know last let life like
little live long look made make man many may me more most much must my name need new next night no not now of off old on once one only or other our out over own people
please put really right said same say see she should show so some soon still stop such take tell than that the their them then there these they thing think this those
time to today tomorrow tonight too two under up us use very want was way we well went were what when where which while who why will with without work world would year yes
yet you your yours yourself because free money best world great never always ever hope feel around again`;
